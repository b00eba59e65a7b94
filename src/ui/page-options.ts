import type { StartOptions } from '../host/browser/types.ts';

/** Where the prepared guest is served, relative to the page. */
const GUEST_URL = 'guest/stock/';
/** What the fragment of an invitation holds. */
const INVITATION = 'join';

/**
 * Start options from the page's address: `?cold` boots rather than resumes, `?memory=512` gives
 * the machine that many MiB, and a fragment `#join=…` is an invitation to another tab's machine. What is not
 * a positive whole number is left to the default.
 */
export function startOptionsOf(
  search: string,
  fragment = '',
): Pick<StartOptions, 'guestUrl' | 'memoryMB' | 'cold' | 'invitation'> {
  const query = new URLSearchParams(search);
  const memoryMB = Number(query.get('memory'));
  return {
    guestUrl: GUEST_URL,
    ...(query.has('cold') ? { cold: true } : {}),
    ...(Number.isInteger(memoryMB) && memoryMB > 0 ? { memoryMB } : {}),
    ...(new URLSearchParams(fragment.replace(/^#/, '')).has(INVITATION)
      ? { invitation: fragment }
      : {}),
  };
}
