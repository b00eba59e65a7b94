import type { Page } from '@playwright/test';
import { expect, test } from './support/fixtures.ts';
import { instead, spoiled } from './support/tampering.ts';

/** The card that stands in place of a machine. */
const problem = (page: Page) => page.getByRole('alert');

test('a page that is not cross-origin isolated says so, and how to serve it', async ({
  machine,
  page,
}) => {
  await page.route(
    (url) => url.pathname === '/',
    async (route) => {
      const response = await route.fetch();
      const headers = { ...response.headers() };
      delete headers['cross-origin-opener-policy'];
      delete headers['cross-origin-embedder-policy'];
      await route.fulfill({ response, headers });
    },
  );
  await machine.open();
  await expect(problem(page)).toContainText('isolated');
  await expect(problem(page)).toContainText('npm start');
  await expect(page.getByRole('heading', { name: 'Cannot run', exact: true })).toBeVisible();
});

test('a browser without shared memory says so', async ({ machine, page }) => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(globalThis, 'SharedArrayBuffer');
  });
  await machine.open();
  await expect(problem(page)).toContainText(/shared memory/i);
});

test('a guest that was never prepared: what to run', async ({ machine, page, tampering }) => {
  let prepared = false;
  tampering.at(/\/guest\//, (truth) =>
    prepared ? truth() : { status: 404, headers: {}, body: Buffer.from('Not found') },
  );
  await machine.open('', tampering.url);
  await expect(problem(page)).toContainText(/npm (start|run guest)/);
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  prepared = true;
  await page.getByRole('button', { name: 'Try again' }).click();
  await machine.shell();
});

test('a damaged description of the guest: what to run', async ({ machine, page, tampering }) => {
  tampering.at(/guest\.json$/, instead('{"format":1,'));
  await machine.open('', tampering.url);
  await expect(problem(page)).toContainText(/damaged/);
  await expect(problem(page)).toContainText(/npm (start|run guest)/);
});

test('a damaged kernel is refused, not run', async ({ machine, page, tampering }) => {
  tampering.at(
    /\/Image$/,
    spoiled((body) => {
      body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 0xff;
    }),
  );
  await machine.open('?cold', tampering.url);
  await expect(problem(page)).toContainText(/Image|kernel/);
  await expect(problem(page)).toContainText(/npm (start|run guest)/);
});

test('a snapshot of another version boots instead, and says so', async ({
  machine,
  page,
  tampering,
}) => {
  tampering.at(
    /\/snapshot\.bin$/,
    spoiled((body) => {
      body.fill(0xff, 8, 12);
    }),
  );
  await machine.open('', tampering.url);
  await expect(page.getByRole('heading', { name: 'Booting', exact: true })).toBeVisible();
  await expect(page.getByText(/snapshot/i).first()).toBeVisible();
});

test('memory that cannot be had is refused in a sentence', async ({ machine, page }) => {
  await machine.open('?memory=1000000');
  await expect(problem(page)).toContainText(/memory/i);
});

test('a fault of the page itself is not a blank page', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(globalThis, 'ResizeObserver', {
      value: () => {
        throw new Error('No observers here.');
      },
    });
  });
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'This page broke' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Reload the page' })).toBeVisible();
});
