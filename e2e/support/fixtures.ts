import { test as base } from '@playwright/test';
import { MachinePage } from './machine-page.ts';

interface Fixtures {
  /** A page that has not been opened yet. What breaks in it breaks the test. */
  readonly machine: MachinePage;
}

/** Tests with a machine page. */
export const test = base.extend<Fixtures>({
  machine: async ({ page }, use) => {
    const errors: Error[] = [];
    page.on('pageerror', (error) => errors.push(error));
    await use(new MachinePage(page));
    if (errors.length > 0) throw new AggregateError(errors, 'The page threw errors.');
  },
});

export { expect } from '@playwright/test';
