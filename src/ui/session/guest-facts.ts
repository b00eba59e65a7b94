import type { GuestFacts } from '../state/guest-slice.ts';

const MANIFEST = 'guest.json';
/** Names longer than these are not names. */
const MAX_NAME_LENGTH = 100;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function nameOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME_LENGTH
    ? value
    : undefined;
}

/** The guest's names out of its manifest; undefined when they are not all there. Pure. */
export function guestFactsOf(manifest: unknown): GuestFacts | undefined {
  if (!isRecord(manifest)) return undefined;
  const { distribution, kernel } = manifest;
  const system = nameOf(distribution);
  const release = isRecord(kernel) ? nameOf(kernel['release']) : undefined;
  return system === undefined || release === undefined ? undefined : { system, kernel: release };
}

/**
 * Reads the names of the guest that is served in `guestUrl`. A missing or damaged manifest is the
 * client's to report, with what to do about it; here it only means that there are no names.
 * @throws TypeError when the network fails, SyntaxError when the manifest is no JSON.
 */
export async function fetchGuestFacts(guestUrl: string): Promise<GuestFacts | undefined> {
  const response = await fetch(`${guestUrl}${MANIFEST}`);
  return response.ok ? guestFactsOf(await response.json()) : undefined;
}
