import { defineConfig } from '@playwright/test';
import { chromiumFlags, chromiumPath } from './scripts/lib/browser.mjs';

/** Set by Playwright from what the server prints (see `webServer`), before a test runs. */
const port = process.env['TANDEM_PORT'];
const executablePath = chromiumPath();

/** Tests of the page in a real browser. `npm test` builds the page and prepares the guest first. */
export default defineConfig({
  testDir: 'e2e',
  // Each test runs a machine of its own: one at a time keeps memory and timing sane.
  workers: 1,
  retries: 0,
  // A page that does not start at all fails every test by its timeout: enough is enough.
  maxFailures: 5,
  forbidOnly: true,
  timeout: 180_000,
  expect: { timeout: 30_000 },
  outputDir: 'test-results',
  use: {
    ...(port === undefined ? {} : { baseURL: `http://localhost:${port}` }),
    viewport: { width: 1280, height: 800 },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      args: chromiumFlags,
      ...(executablePath === undefined ? {} : { executablePath }),
    },
  },
  webServer: {
    // Any free port, so that several checkouts can be tested at once.
    command: 'node scripts/serve.mjs --port 0',
    wait: { stdout: /http:\/\/localhost:(?<tandem_port>\d+)/ },
    timeout: 120_000,
  },
});
