/**
 * After a connection is made, and before anything else goes over it, both sides prove that they know the
 * invitation's secret (R11). Each sends a challenge, then
 *
 *   HMAC-SHA-256(key, own role, session, both DTLS fingerprints, both nonces)
 *
 * The fingerprints are those that each side's own browser verified, so whoever sits in the middle with
 * certificates of his own gets two different texts. The role in it keeps a proof from being sent back.
 */
import { assert } from '../base/assert.ts';
import { ByteReader, ByteWriter, TruncatedError } from '../base/bytes.ts';
import { err, ok, type Result } from '../base/result.ts';
import { equalBytes, randomBytes } from './encoding.ts';
import type { PairingKeys } from './keys.ts';

const PAIRING_MAGIC = 0x52504e54;
const PAIRING_VERSION = 1;
const NONCE_BYTES = 32;
const PROOF_BYTES = 32;
/** Over the longest message of pairing. */
const PAIRING_MESSAGE_BYTES = 256;

/** The inviter had the secret first; the joiner has it from the link. */
export type PairingRole = 'inviter' | 'joiner';

const roles = ['inviter', 'joiner'] as const;
const kinds = ['challenge', 'proof', 'ready', 'refusal'] as const;

/**
 * - `wrong-secret`: the other side does not know the secret, or somebody sits in between.
 * - `same-role`: both sides invite, or both join.
 * - `other-version`: the other side is another release.
 * - `malformed`: nothing that our own code sends.
 * - `unexpected`: a message out of its order.
 */
const refusals = ['wrong-secret', 'same-role', 'other-version', 'malformed', 'unexpected'] as const;
export type PairingRefusal = (typeof refusals)[number];

export interface PairingError {
  readonly kind: PairingRefusal;
  /** Who turned whom away. */
  readonly by: 'us' | 'them';
  readonly sentence: string;
}

const sentences: Readonly<Record<PairingRefusal, readonly [us: string, them: string]>> = {
  'wrong-secret': [
    'The two sides do not have the same secret, so this one turned the other away.',
    'The other side turned this one away: the two do not have the same secret.',
  ],
  'same-role': [
    'Both sides play the same part in this pairing.',
    'Both sides play the same part in this pairing.',
  ],
  'other-version': [
    'The other side is of another release. Reload the older page.',
    'The other side is of another release. Reload the older page.',
  ],
  malformed: [
    'The other side sent something that is no pairing message.',
    'The other side could not read what this one sent.',
  ],
  unexpected: [
    'The other side sent a pairing message out of its order.',
    'The other side got a pairing message out of its order.',
  ],
};

export const pairingError = (kind: PairingRefusal, by: 'us' | 'them'): PairingError => ({
  kind,
  by,
  sentence: sentences[kind][by === 'us' ? 0 : 1],
});

export type PairingMessage =
  | { readonly kind: 'challenge'; readonly role: PairingRole; readonly nonce: Uint8Array }
  | { readonly kind: 'proof'; readonly proof: Uint8Array }
  /** The sender is satisfied, and its channels are open and heard. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'refusal'; readonly refusal: PairingRefusal };

export function encodePairing(message: PairingMessage): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter().u32(PAIRING_MAGIC).u16(PAIRING_VERSION);
  writer.u8(kinds.indexOf(message.kind));
  switch (message.kind) {
    case 'challenge':
      writer.u8(roles.indexOf(message.role)).raw(message.nonce);
      break;
    case 'proof':
      writer.raw(message.proof);
      break;
    case 'refusal':
      writer.u8(refusals.indexOf(message.refusal));
      break;
    case 'ready':
      break;
  }
  return writer.finish();
}

/** Reads one message; all of `bytes`. Never throws. */
export function decodePairing(
  bytes: Uint8Array,
): Result<PairingMessage, 'malformed' | 'other-version'> {
  if (bytes.length > PAIRING_MESSAGE_BYTES) return err('malformed');
  const reader = new ByteReader(bytes);
  try {
    if (reader.u32() !== PAIRING_MAGIC) return err('malformed');
    if (reader.u16() !== PAIRING_VERSION) return err('other-version');
    const message = decodeBody(reader);
    return message === undefined || reader.remaining > 0 ? err('malformed') : ok(message);
  } catch (error) {
    if (error instanceof TruncatedError) return err('malformed');
    throw error;
  }
}

function decodeBody(reader: ByteReader): PairingMessage | undefined {
  const kind = kinds[reader.u8()];
  switch (kind) {
    case 'challenge': {
      const role = roles[reader.u8()];
      const nonce = reader.raw(NONCE_BYTES).slice();
      return role === undefined ? undefined : { kind, role, nonce };
    }
    case 'proof':
      return { kind, proof: reader.raw(PROOF_BYTES).slice() };
    case 'ready':
      return { kind };
    case 'refusal': {
      const refusal = refusals[reader.u8()];
      return refusal === undefined ? undefined : { kind, refusal };
    }
    default:
      return undefined;
  }
}

/**
 * The one DTLS fingerprint of a session description, as `sha-256 AB:CD:…`; `undefined` if it has none,
 * or several different ones (then it would not say which the connection used).
 */
export function dtlsFingerprint(sdp: string): string | undefined {
  const lines = sdp.matchAll(/^a=fingerprint:(\S+)[ \t]+(\S+)[ \t]*\r?$/gim);
  const found = new Set(
    Array.from(
      lines,
      ([, hash = '', value = '']) => `${hash.toLowerCase()} ${value.toUpperCase()}`,
    ),
  );
  const [only] = found;
  return found.size === 1 ? only : undefined;
}

export interface HandshakeOptions {
  readonly keys: PairingKeys;
  readonly role: PairingRole;
  /** Of the certificates that this connection's DTLS used, by {@link dtlsFingerprint}. */
  readonly ownFingerprint: string;
  readonly otherFingerprint: string;
}

/** What a handshake wants after a message. */
export interface HandshakeStep {
  readonly send?: Uint8Array<ArrayBuffer>;
  /** The other side has proved itself. */
  readonly proven: boolean;
}

/** One side of one connection's proof. Messages must be given one after the other. */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #nonce = randomBytes(NONCE_BYTES);
  #otherNonce: Uint8Array | undefined;
  #proven = false;

  constructor(options: HandshakeOptions) {
    this.#options = options;
  }

  /** The first message. */
  challenge(): Uint8Array<ArrayBuffer> {
    return encodePairing({ kind: 'challenge', role: this.#options.role, nonce: this.#nonce });
  }

  /** Takes a challenge or a proof. After an error the connection is to be closed. */
  async receive(message: PairingMessage): Promise<Result<HandshakeStep, PairingError>> {
    switch (message.kind) {
      case 'challenge': {
        if (this.#otherNonce !== undefined) return err(pairingError('unexpected', 'us'));
        if (message.role === this.#options.role) return err(pairingError('same-role', 'us'));
        this.#otherNonce = message.nonce;
        const proof = await this.#prove(this.#options.role, message.nonce);
        return ok({ send: encodePairing({ kind: 'proof', proof }), proven: false });
      }
      case 'proof': {
        const nonce = this.#otherNonce;
        if (nonce === undefined || this.#proven) return err(pairingError('unexpected', 'us'));
        const other = this.#options.role === 'inviter' ? 'joiner' : 'inviter';
        const expected = await this.#prove(other, nonce);
        if (!equalBytes(expected, message.proof)) return err(pairingError('wrong-secret', 'us'));
        this.#proven = true;
        return ok({ proven: true });
      }
      case 'refusal':
        return err(pairingError(message.refusal, 'them'));
      case 'ready':
        return err(pairingError('unexpected', 'us'));
    }
  }

  /** What `role` has to send, given the nonce of the other side of this handshake. */
  async #prove(role: PairingRole, otherNonce: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const { keys, ownFingerprint, otherFingerprint } = this.#options;
    assert(ownFingerprint !== '' && otherFingerprint !== '', 'a fingerprint is missing');
    const own = { fingerprint: ownFingerprint, nonce: this.#nonce };
    const other = { fingerprint: otherFingerprint, nonce: otherNonce };
    const [inviter, joiner] = this.#options.role === 'inviter' ? [own, other] : [other, own];
    const transcript = new ByteWriter()
      .text('tandem pairing proof')
      .u16(PAIRING_VERSION)
      .text(role)
      .text(keys.session)
      .text(inviter.fingerprint)
      .text(joiner.fingerprint)
      .bytes(inviter.nonce)
      .bytes(joiner.nonce)
      .finish();
    return new Uint8Array(await crypto.subtle.sign('HMAC', keys.proving, transcript));
  }
}
