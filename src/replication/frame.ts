/**
 * A frame is one message on the wire, little-endian:
 *
 * ```
 * 0  u32 magic "TNDM"   4 u16 version   6 u16 message number   8 u64 term
 * 16 u32 payload bytes  20 u32 CRC-32C of bytes 0..19 and the payload   24 payload
 * ```
 *
 * Several of them may follow each other in what a link carries as one message.
 *
 * The header's layout is the same in all versions. Nothing of the payload is looked at before magic,
 * version, cap, length and checksum were found right (R8). The checksum is for faults; strangers
 * are kept out by the link's encryption and the pairing (R11).
 */
import { assert } from '../base/assert.ts';
import { ByteReader, ByteWriter, TruncatedError } from '../base/bytes.ts';
import { err, ok, type Result } from '../base/result.ts';
import { crc32c } from './crc32c.ts';
import { FieldError, type Field } from './fields.ts';
import {
  messageTable,
  OLDEST_VERSION,
  PROTOCOL_VERSION,
  type Channel,
  type Message,
  type MessageName,
} from './messages.ts';

export const FRAME_MAGIC = 0x4d444e54;
export const FRAME_HEADER_BYTES = 24;
const LENGTH_AT = 16;
const CHECKSUM_AT = 20;
/** What a receiver has to be able to take. */
export const LONGEST_FRAME =
  FRAME_HEADER_BYTES + Math.max(...Object.values(messageTable).map(({ cap }) => cap));

export type FrameErrorKind =
  | 'not-a-frame'
  | 'other-version'
  | 'unknown-message'
  | 'too-long'
  | 'truncated'
  | 'corrupt'
  | 'malformed';

/** Why bytes from a link are no message; `sentence` is for people. */
export interface FrameError {
  readonly kind: FrameErrorKind;
  readonly sentence: string;
}

export interface Frame {
  /** The sender's term. */
  readonly term: number;
  readonly message: Message;
}

const names = new Map<number, MessageName>(
  (Object.keys(messageTable) as MessageName[]).map((name) => [messageTable[name].number, name]),
);

const fail = (kind: FrameErrorKind, sentence: string): Result<never, FrameError> =>
  err({ kind, sentence });

/** The channel that a message travels on. */
export const channelOf = (message: Message): Channel => messageTable[message.kind].channel;

/** True for a message that may wait for the one that follows it on its channel. */
export const isPart = (message: Message): boolean => messageTable[message.kind].isPart;

/** Asserts that the message keeps its caps: those are the sender's duty. */
export function encodeFrame(term: number, message: Message): Uint8Array<ArrayBuffer> {
  const entry = messageTable[message.kind];
  const writer = new ByteWriter();
  writer.u32(FRAME_MAGIC).u16(PROTOCOL_VERSION).u16(entry.number).u64(BigInt(term));
  writer.u32(0).u32(0);
  (entry.fields as Field<unknown> as Field<Message>).write(writer, message);
  const frame = writer.finish();
  const payloadBytes = frame.length - FRAME_HEADER_BYTES;
  assert(payloadBytes <= entry.cap, `message ${message.kind} is over its cap`);
  const view = new DataView(frame.buffer);
  view.setUint32(LENGTH_AT, payloadBytes, true);
  view.setUint32(CHECKSUM_AT, checksum(frame), true);
  return frame;
}

function checksum(frame: Uint8Array): number {
  const head = crc32c(frame.subarray(0, CHECKSUM_AT));
  return crc32c(frame.subarray(FRAME_HEADER_BYTES), head);
}

/**
 * Takes frames that came together apart. Where no frame ends, the rest is one: to be refused by {@link decodeFrame}.
 */
export function* splitFrames(bytes: Uint8Array): Iterable<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  do {
    const payloadAt = at + FRAME_HEADER_BYTES;
    const end =
      payloadAt <= bytes.length ? payloadAt + view.getUint32(at + LENGTH_AT, true) : bytes.length;
    yield bytes.subarray(at, end);
    at = end;
  } while (at < bytes.length);
}

/** Reads one frame: all of `bytes`. Byte fields of the message are views of `bytes`. Never throws. */
export function decodeFrame(bytes: Uint8Array): Result<Frame, FrameError> {
  if (bytes.length < FRAME_HEADER_BYTES) {
    return fail('truncated', 'A message is shorter than its header.');
  }
  const header = new ByteReader(bytes);
  if (header.u32() !== FRAME_MAGIC) {
    return fail('not-a-frame', 'Something that is no message arrived.');
  }
  const version = header.u16();
  const number = header.u16();
  const term = header.u64();
  const payloadBytes = header.u32();
  const name = names.get(number);
  const fits = version >= OLDEST_VERSION && version <= PROTOCOL_VERSION;
  if (!fits && name !== 'reject') {
    // A damaged version is no other version: where the checksum stands is the same in all.
    if (bytes.length > LONGEST_FRAME || header.u32() !== checksum(bytes)) {
      return fail('corrupt', 'A message was damaged on its way.');
    }
    return fail(
      'other-version',
      `The other side speaks version ${version} of the protocol; this one speaks ${OLDEST_VERSION} to ${PROTOCOL_VERSION}. Reload the older page.`,
    );
  }
  if (name === undefined) return fail('unknown-message', `There is no message number ${number}.`);
  const entry = messageTable[name];
  if (payloadBytes > entry.cap) {
    return fail('too-long', `A ${name} message of ${payloadBytes} bytes is over its cap.`);
  }
  const arrived = bytes.length - FRAME_HEADER_BYTES;
  if (arrived !== payloadBytes) {
    return fail('truncated', `A ${name} message has ${arrived} bytes instead of ${payloadBytes}.`);
  }
  if (header.u32() !== checksum(bytes)) {
    return fail('corrupt', `A ${name} message was damaged on its way.`);
  }
  if (term > BigInt(Number.MAX_SAFE_INTEGER)) {
    return fail('malformed', `A ${name} message has a term that no witness gave.`);
  }
  return decodePayload(name, Number(term), bytes.subarray(FRAME_HEADER_BYTES));
}

function decodePayload(
  name: MessageName,
  term: number,
  payload: Uint8Array,
): Result<Frame, FrameError> {
  try {
    const reader = new ByteReader(payload);
    const values = (messageTable[name].fields as Field<object>).read(reader);
    if (reader.remaining > 0) {
      return fail('malformed', `A ${name} message has ${reader.remaining} bytes too many.`);
    }
    return ok({ term, message: { kind: name, ...values } as Message });
  } catch (error) {
    const known = error instanceof TruncatedError || error instanceof FieldError;
    // TextDecoder throws TypeError for what is not UTF-8.
    if (known || error instanceof TypeError) {
      return fail('malformed', `A ${name} message cannot be read: ${error.message}.`);
    }
    throw error;
  }
}
