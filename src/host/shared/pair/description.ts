/** What a standby's host has to know to build the same machine, as it travels in the protocol's `welcome`. */
import { ByteReader, ByteWriter, TruncatedError } from '../../../base/bytes.ts';

export interface Description {
  /** Where the guest is served, relative to the page. */
  readonly guestUrl: string;
  /** Names the guest: its root file system is read by the copy, too. */
  readonly guest: Uint8Array;
}

const VERSION = 1;
const DIGEST_BYTES = 32;
const MOST_ADDRESS_BYTES = 2048;

export const encodeDescription = ({ guestUrl, guest }: Description): Uint8Array =>
  new ByteWriter().u16(VERSION).bytes(new TextEncoder().encode(guestUrl)).bytes(guest).finish();

/** Undefined for bytes of another release. */
export function decodeDescription(bytes: Uint8Array): Description | undefined {
  try {
    const reader = new ByteReader(bytes);
    if (reader.u16() !== VERSION) return undefined;
    const guestUrl = new TextDecoder('utf-8', { fatal: true }).decode(
      reader.bytes(MOST_ADDRESS_BYTES),
    );
    const guest = reader.bytes(DIGEST_BYTES).slice();
    return reader.remaining === 0 ? { guestUrl, guest } : undefined;
  } catch (error) {
    if (error instanceof TruncatedError || error instanceof TypeError) return undefined;
    throw error;
  }
}
