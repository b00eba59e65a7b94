/**
 * Signalling goes through hands that are not trusted: each message is sealed, little-endian:
 *
 * ```
 * 0 u32 magic "TNSG"   4 u16 version   6 u16 zero   8 from: 16 bytes   24 to: 16 bytes, zero for all
 * 40 u64 number, rising with each message of `from`   48 u64 milliseconds since 1970
 * 56 12 bytes nonce   68 AES-256-GCM of the JSON, with bytes 0..67 and the session as additional data
 * ```
 *
 * So nobody without the secret can read, change, make, readdress or replay a message. A receiver takes the
 * numbers of each sender only upwards, and nothing that is not of the last minute, as it cannot know
 * what was sent before it came.
 */
import { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { randomBytes } from '../encoding.ts';
import type { PairingKeys } from '../keys.ts';
import { ENVELOPE_BYTES, FRESH_MS, PARTIES } from './limits.ts';
import { parseSignal, type PartyId, type SignalBody } from './messages.ts';

const SEAL_MAGIC = 0x47534e54;
const SEAL_VERSION = 1;
const ID_BYTES = 16;
const NONCE_BYTES = 12;
const HEADER_BYTES = 68;
const TAG_BYTES = 16;
/** The address of all. */
const EVERYONE = '00'.repeat(ID_BYTES);

/**
 * - `not-sealed`: no envelope of ours, or of an impossible size.
 * - `other-version`: made by another release.
 * - `not-ours`: cannot be opened with this secret: a stranger's, or changed on its way.
 * - `stale`: too old, or from the future.
 * - `replayed`: its number was seen before.
 * - `crowded`: more parties than anyone invites.
 * - `malformed`: well sealed, but no message.
 * - `flood`: more than can be opened; dropped unseen.
 */
export type SealErrorKind =
  | 'not-sealed'
  | 'other-version'
  | 'not-ours'
  | 'stale'
  | 'replayed'
  | 'crowded'
  | 'malformed'
  | 'flood';

/** Why a message was refused; `sentence` is for people. */
export interface SealError {
  readonly kind: SealErrorKind;
  readonly sentence: string;
}

export interface Opened {
  readonly from: PartyId;
  /** Whether it was meant for this party alone. */
  readonly direct: boolean;
  readonly body: SignalBody;
}

/** A wall clock: milliseconds since 1970. */
export type WallClock = () => number;

export const sealError = (kind: SealErrorKind, sentence: string): SealError => ({ kind, sentence });
const fail = (kind: SealErrorKind, sentence: string): Result<never, SealError> =>
  err(sealError(kind, sentence));

const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const fromHex = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

/** A name for a party, or for an attempt (8 bytes). */
export const newId = (bytes = ID_BYTES): string => toHex(randomBytes(bytes));

interface Header {
  readonly from: PartyId;
  readonly to: PartyId;
  readonly number: bigint;
  readonly time: number;
}

/** Seals and opens the messages of one party of a session. */
export class Sealer {
  readonly self: PartyId;
  readonly #keys: PairingKeys;
  readonly #now: WallClock;
  /** Of each sender the highest number seen. */
  readonly #seen = new Map<PartyId, bigint>();
  #number = 0n;
  /** Settles when all that came before has been judged. */
  #judged: Promise<void> = Promise.resolve();

  constructor(self: PartyId, keys: PairingKeys, now: WallClock) {
    this.self = self;
    this.#keys = keys;
    this.#now = now;
  }

  /** @param to A party, or `undefined` for all. */
  async seal(to: PartyId | undefined, body: SignalBody): Promise<Uint8Array<ArrayBuffer>> {
    this.#number += 1n;
    const nonce = randomBytes(NONCE_BYTES);
    const header = new ByteWriter()
      .u32(SEAL_MAGIC)
      .u16(SEAL_VERSION)
      .u16(0)
      .raw(fromHex(this.self))
      .raw(fromHex(to ?? EVERYONE))
      .u64(this.#number)
      .u64(BigInt(Math.trunc(this.#now())))
      .raw(nonce)
      .finish();
    const text = new TextEncoder().encode(JSON.stringify(body));
    const sealed = await crypto.subtle.encrypt(
      this.#algorithm(nonce, header),
      this.#keys.sealing,
      text,
    );
    return new ByteWriter().raw(header).raw(new Uint8Array(sealed)).finish();
  }

  /** The value is `undefined` for what is well sealed but our own or for somebody else. Never throws. */
  async open(envelope: Uint8Array): Promise<Result<Opened | undefined, SealError>> {
    if (envelope.length < HEADER_BYTES + TAG_BYTES || envelope.length > ENVELOPE_BYTES) {
      return fail('not-sealed', `${envelope.length} bytes are no sealed message.`);
    }
    const bytes = envelope.slice();
    const reader = new ByteReader(bytes);
    if (reader.u32() !== SEAL_MAGIC) return fail('not-sealed', 'It is no sealed message.');
    const version = reader.u16();
    if (version !== SEAL_VERSION) {
      return fail(
        'other-version',
        `Another page speaks version ${version} of signalling, this one ${SEAL_VERSION}. Reload the older page.`,
      );
    }
    reader.u16();
    const header: Header = {
      from: toHex(reader.raw(ID_BYTES)),
      to: toHex(reader.raw(ID_BYTES)),
      number: reader.u64(),
      time: Number(reader.u64()),
    };
    if (header.from === this.self) return ok(undefined);
    if (header.to !== this.self && header.to !== EVERYONE) return ok(undefined);
    const decrypting = this.#decrypt(bytes);
    // It may fail before it is waited for.
    decrypting.catch(() => undefined);
    // Several are decrypted at a time, and the later may be done first: it must not make the earlier look old.
    const judged = this.#judged.then(async () => this.#judge(header, await decrypting));
    this.#judged = judged.then(
      () => undefined,
      () => undefined,
    );
    return judged;
  }

  #judge(
    header: Header,
    text: Uint8Array<ArrayBuffer> | undefined,
  ): Result<Opened | undefined, SealError> {
    if (text === undefined) {
      return fail('not-ours', 'A message came from somebody who does not have this invitation.');
    }
    // Only now is the header known to be true.
    const refusal = this.#refuse(header);
    if (refusal !== undefined) return err(refusal);
    const body = this.#parse(text);
    if (!body.ok) return body;
    return ok({ from: header.from, direct: header.to === this.self, body: body.value });
  }

  #algorithm(nonce: Uint8Array<ArrayBuffer>, header: Uint8Array): AesGcmParams {
    const session = new TextEncoder().encode(this.#keys.session);
    const additionalData = new ByteWriter().raw(header).raw(session).finish();
    return { name: 'AES-GCM', iv: nonce, additionalData };
  }

  async #decrypt(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const header = bytes.slice(0, HEADER_BYTES);
    const nonce = header.slice(HEADER_BYTES - NONCE_BYTES);
    try {
      const text = await crypto.subtle.decrypt(
        this.#algorithm(nonce, header),
        this.#keys.sealing,
        bytes.slice(HEADER_BYTES),
      );
      return new Uint8Array(text);
    } catch (error) {
      // The one way in which a wrong tag is told.
      if (error instanceof DOMException && error.name === 'OperationError') return undefined;
      throw error;
    }
  }

  #refuse({ from, number, time }: Header): SealError | undefined {
    if (Math.abs(this.#now() - time) > FRESH_MS) {
      return sealError('stale', 'A message is too old, or the clocks of the two sides differ.');
    }
    const highest = this.#seen.get(from);
    if (highest !== undefined && number <= highest) {
      return sealError('replayed', 'A message came a second time.');
    }
    // Forgetting one instead would let its messages be replayed.
    if (highest === undefined && this.#seen.size >= PARTIES) {
      return sealError('crowded', `More than ${PARTIES} parties came to this session.`);
    }
    this.#seen.set(from, number);
    return undefined;
  }

  #parse(text: Uint8Array<ArrayBuffer>): Result<SignalBody, SealError> {
    try {
      const body = parseSignal(new TextDecoder('utf-8', { fatal: true }).decode(text));
      if (body.ok) return body;
      return fail('malformed', `A message of another party cannot be read: ${body.error}`);
    } catch (error) {
      if (error instanceof TypeError) return fail('malformed', 'A message is not UTF-8.');
      throw error;
    }
  }
}
