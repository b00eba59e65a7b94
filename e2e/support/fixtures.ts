import { test as base } from '@playwright/test';
import { MachinePage } from './machine-page.ts';
import { TamperingServer } from './tampering.ts';

interface Fixtures {
  /** A page that has not been opened yet. What breaks in it breaks the test. */
  readonly machine: MachinePage;
  /** Serves the page under test, but for what it is told to answer otherwise. */
  readonly tampering: TamperingServer;
}

/** Tests with a machine page. */
export const test = base.extend<Fixtures>({
  machine: async ({ page }, use) => {
    const errors: Error[] = [];
    page.on('pageerror', (error) => errors.push(error));
    await use(new MachinePage(page));
    if (errors.length > 0) throw new AggregateError(errors, 'The page threw errors.');
  },
  tampering: async ({ baseURL }, use) => {
    const server = await TamperingServer.start(baseURL ?? '');
    await use(server);
    await server.stop();
  },
});

export { expect } from '@playwright/test';
