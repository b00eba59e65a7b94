/** The keys that follow from an invitation's secret: one for each purpose, none of which tells another. */
import type { Invitation } from './invitation.ts';

export interface PairingKeys {
  readonly session: string;
  /** AES-256-GCM, for signalling. */
  readonly sealing: CryptoKey;
  /** HMAC-SHA-256, for proving over a connection that one knows the secret. */
  readonly proving: CryptoKey;
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** HKDF-SHA-256 (RFC 5869) with the session as salt and the purpose as info. */
export async function deriveKeys({ session, secret }: Invitation): Promise<PairingKeys> {
  const root = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const hkdf = (purpose: string): HkdfParams => ({
    name: 'HKDF',
    hash: 'SHA-256',
    salt: utf8(`tandem session ${session}`),
    info: utf8(purpose),
  });
  const sealing = await crypto.subtle.deriveKey(
    hkdf('tandem signalling 1'),
    root,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
  const proving = await crypto.subtle.deriveKey(
    hkdf('tandem pairing 1'),
    root,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign', 'verify'],
  );
  return { session, sealing, proving };
}
