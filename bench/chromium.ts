import { type Browser, chromium } from '@playwright/test';

/** Debian's package, unless `TANDEM_CHROMIUM` names another. */
const DEFAULT_PATH = '/usr/bin/chromium';

/** No sandbox (containers have none to give), no GPU, and no talk with the outside. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts a headless browser for measurements; the caller closes it. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    args: FLAGS,
    executablePath: process.env['TANDEM_CHROMIUM'] ?? DEFAULT_PATH,
  });
