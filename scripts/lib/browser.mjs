import { existsSync } from 'node:fs';
import { run } from './run.mjs';
import { step } from './steps.mjs';
import {
  browserComesFromSnap,
  browserPackage,
  ensureSystemPackages,
  findCommand,
} from './system.mjs';

/**
 * The Chromium that tests and benches drive: TANDEM_CHROMIUM, the system's, or (undefined)
 * Playwright's own.
 * @returns {string | undefined}
 */
export function chromiumPath() {
  const chosen = process.env['TANDEM_CHROMIUM'];
  if (chosen !== undefined) return chosen;
  if (browserComesFromSnap()) return findCommand('google-chrome');
  return findCommand('chromium') ?? findCommand('google-chrome');
}

/** Headless on a server: no sandbox for root, no graphics card, nothing fetched on the side. */
export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Makes sure that there is a Chromium: Debian's, or on Ubuntu the one that Playwright ships. */
export async function ensureBrowser() {
  if (chromiumPath() !== undefined) return;
  if (!browserComesFromSnap()) {
    await ensureSystemPackages([browserPackage]);
    return;
  }
  const { chromium } = await import('@playwright/test');
  if (existsSync(chromium.executablePath())) return;
  await step('Installing the Chromium that Playwright ships', () =>
    run('npx', ['playwright', 'install', '--with-deps', 'chromium']),
  );
}
