import { defineConfig } from '@playwright/test';
import { chromiumFlags, chromiumPath } from './scripts/lib/browser.mjs';

const PORT = 4188;
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
    baseURL: `http://localhost:${PORT}`,
    viewport: { width: 1280, height: 800 },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      args: chromiumFlags,
      ...(executablePath === undefined ? {} : { executablePath }),
    },
  },
  webServer: {
    command: `node scripts/serve.mjs --port ${PORT} --strict-port`,
    url: `http://localhost:${PORT}/`,
    timeout: 120_000,
  },
});
