import type { StartOptions } from '../host/browser/types.ts';

/** Where the prepared guest is served, relative to the page. */
const GUEST_URL = 'guest/stock/';

/**
 * Start options from the page's address: `?cold` boots rather than resumes, `?memory=512` gives
 * the machine that many MiB. What is not a positive whole number is left to the default.
 */
export function startOptionsOf(
  search: string,
): Pick<StartOptions, 'guestUrl' | 'memoryMB' | 'cold'> {
  const query = new URLSearchParams(search);
  const memoryMB = Number(query.get('memory'));
  return {
    guestUrl: GUEST_URL,
    ...(query.has('cold') ? { cold: true } : {}),
    ...(Number.isInteger(memoryMB) && memoryMB > 0 ? { memoryMB } : {}),
  };
}
