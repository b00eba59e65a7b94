/**
 * The description of a checkpoint: everything but its pages. All numbers are little-endian.
 *
 * ```
 * u32 magic "TNDK" · u16 version · u16 zero · u32 body length · 16 bytes hash of the body · body
 * body   u64 epoch · u64 base · u64 instructions · u64 guest time · u64 RAM bytes · bytes name of the baseline
 *        u32 frames · u32 pages · 16 bytes hash of the pages' contents
 *        u8 1 if the sections are a difference · u32 sections' length · frame (batch-format.ts) of the sections
 * sections   u16 count, then for each: text name · u32 version · bytes
 * ```
 *
 * Sections change little from one checkpoint to the next: they are sent as the XOR with those of `base`, as
 * far as these go, which compresses to next to nothing. They have names and versions (R9).
 */
import { ByteReader, ByteWriter, sameBytes } from '../base/bytes.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { MachineState, Section } from '../vm/machine/state.ts';
import {
  checkpointError,
  decodeFrame,
  encodeFrame,
  FRAME_HEADER_BYTES,
  frameLength,
  MAX_BATCH_BYTES,
  type CheckpointError,
} from './batch-format.ts';
import type { Compressor } from './compression.ts';
import { HASH_BYTES, hashBytes } from './digest.ts';

export const FORMAT_MAGIC = 0x4b444e54;
/** The version that this program writes, and the oldest that it reads. */
export const FORMAT_VERSION = 1;
export const OLDEST_FORMAT_VERSION = 1;
export const PREAMBLE_BYTES = 12 + HASH_BYTES;

/** Sections are some KiB; the cap is that of a frame, and for damaged lengths (R7). */
export const MAX_SECTIONS_BYTES = MAX_BATCH_BYTES;
const MAX_BODY_BYTES = MAX_SECTIONS_BYTES + 4096;
export const MAX_BASELINE_BYTES = 32;
const MAX_SECTIONS = 256;
const MAX_NAME_BYTES = 64;

/** A checkpoint without its pages. */
export interface Manifest {
  readonly epoch: number;
  /** The epoch that this one is a difference to; 0: to the baseline. */
  readonly base: number;
  readonly instructions: bigint;
  /** Ticks of 100 ns. */
  readonly time: bigint;
  readonly ramBytes: number;
  /** Names what RAM held at epoch 0; empty: zeros. */
  readonly baseline: Uint8Array;
  /** Frames of pages, and pages in them. */
  readonly frames: number;
  readonly pages: number;
  readonly contentHash: Uint8Array;
  /** {@link encodeSections}. */
  readonly sections: Uint8Array;
}

/** CPU and devices as one byte string. */
export function encodeSections(state: MachineState): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writeSections(writer, state);
  return writer.finish();
}

/** Writes the same behind what was written before. */
export function writeSections(writer: ByteWriter, state: MachineState): void {
  writer.u16(state.size);
  for (const [name, { version, bytes }] of state) writer.text(name).u32(version).bytes(bytes);
}

/** The counterpart of {@link encodeSections}. Never throws. */
export function decodeSections(bytes: Uint8Array): Result<MachineState, CheckpointError> {
  try {
    const reader = new ByteReader(bytes);
    const count = reader.u16();
    const sections = new Map<string, Section>();
    if (count > MAX_SECTIONS) return damaged('it has too many sections');
    for (let i = 0; i < count; i++) {
      const name = reader.text(MAX_NAME_BYTES);
      const version = reader.u32();
      if (sections.has(name)) return damaged(`it has two sections ${name}`);
      sections.set(name, { version, bytes: reader.bytes(MAX_SECTIONS_BYTES).slice() });
    }
    return reader.remaining === 0 ? ok(sections) : damaged('its sections are too long');
  } catch (error) {
    // The reader ran dry, or a name is no UTF-8.
    return damaged(`its sections cannot be read (${String(error)})`);
  }
}

function damaged(what: string): Result<never, CheckpointError> {
  return err(checkpointError('damaged', `A checkpoint arrived damaged: ${what}.`));
}

/** `bytes` with the bytes of `other` XORed in, as far as these go: its own inverse. */
function mixIn(bytes: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const mixed = bytes.slice();
  const length = Math.min(bytes.length, other.length);
  // Uint8Array.from with a function takes fifty times as long.
  for (let i = 0; i < length; i++) mixed[i] = (mixed[i] as number) ^ (other[i] as number);
  return mixed;
}

/**
 * @param baseSections the sections of `manifest.base`, when the receiver has them
 */
export function encodeManifest(
  manifest: Manifest,
  baseSections: Uint8Array | undefined,
  compressor: Compressor,
): Uint8Array<ArrayBuffer> {
  const sections = baseSections ? mixIn(manifest.sections, baseSections) : manifest.sections;
  const body = new ByteWriter()
    .u64(BigInt(manifest.epoch))
    .u64(BigInt(manifest.base))
    .u64(manifest.instructions)
    .u64(manifest.time)
    .u64(BigInt(manifest.ramBytes))
    .bytes(manifest.baseline)
    .u32(manifest.frames)
    .u32(manifest.pages)
    .raw(manifest.contentHash)
    .bool(baseSections !== undefined)
    .u32(sections.length)
    .raw(encodeFrame(sections, compressor))
    .finish();
  return new ByteWriter()
    .u32(FORMAT_MAGIC)
    .u16(FORMAT_VERSION)
    .u16(0)
    .u32(body.length)
    .raw(hashBytes(body))
    .raw(body)
    .finish();
}

/** Checks what stands before the body, and gives the body. */
function openBody(bytes: Uint8Array): Result<Uint8Array, CheckpointError> {
  if (bytes.length < PREAMBLE_BYTES) return damaged('its description is cut off');
  const reader = new ByteReader(bytes);
  if (reader.u32() !== FORMAT_MAGIC) return damaged('it has no description');
  const version = reader.u16();
  if (version < OLDEST_FORMAT_VERSION || version > FORMAT_VERSION) {
    return err(
      checkpointError(
        'other-version',
        `The checkpoint has format version ${version}, this program reads ${OLDEST_FORMAT_VERSION} to ${FORMAT_VERSION}. Reload the older page.`,
      ),
    );
  }
  if (reader.u16() !== 0) return damaged('its description is none of this version');
  const length = reader.u32();
  if (length > MAX_BODY_BYTES) {
    return err(checkpointError('too-large', 'A checkpoint announces more than one can have.'));
  }
  const hash = reader.raw(HASH_BYTES);
  if (reader.remaining !== length) return damaged('its description has another length');
  const body = reader.raw(length);
  return sameBytes(hash, hashBytes(body)) ? ok(body) : damaged('its description was changed');
}

/**
 * The counterpart of {@link encodeManifest}. Never throws.
 * @param baseSections the sections of an epoch; undefined when there is no such epoch here
 */
export function decodeManifest(
  bytes: Uint8Array,
  baseSections: (epoch: number) => Uint8Array | undefined,
  compressor: Compressor,
): Result<Manifest, CheckpointError> {
  const body = openBody(bytes);
  if (!body.ok) return body;
  try {
    return readBody(new ByteReader(body.value), baseSections, compressor);
  } catch (error) {
    return damaged(`its description cannot be read (${String(error)})`);
  }
}

function readBody(
  reader: ByteReader,
  baseSections: (epoch: number) => Uint8Array | undefined,
  compressor: Compressor,
): Result<Manifest, CheckpointError> {
  const manifest = {
    epoch: Number(reader.u64()),
    base: Number(reader.u64()),
    instructions: reader.u64(),
    time: reader.u64(),
    ramBytes: Number(reader.u64()),
    baseline: reader.bytes(MAX_BASELINE_BYTES).slice(),
    frames: reader.u32(),
    pages: reader.u32(),
    contentHash: reader.raw(HASH_BYTES).slice(),
  };
  if (!Number.isSafeInteger(manifest.epoch) || manifest.epoch < 1) {
    return damaged('it has no epoch');
  }
  if (manifest.base < 0 || manifest.base >= manifest.epoch) {
    return damaged('it is a difference to a later state');
  }
  const isDifference = reader.bool();
  const length = reader.u32();
  if (length > MAX_SECTIONS_BYTES) {
    return err(checkpointError('too-large', 'A checkpoint announces more than one can have.'));
  }
  const frame = reader.raw(reader.remaining);
  if (frame.length < FRAME_HEADER_BYTES) return damaged('it has no sections');
  const announced = frameLength(frame.subarray(0, FRAME_HEADER_BYTES));
  if (!announced.ok) return announced;
  if (announced.value !== frame.length) return damaged('its sections have another length');
  const unpacked = decodeFrame(frame, compressor);
  if (!unpacked.ok) return unpacked;
  if (unpacked.value.length !== length) return damaged('its sections have another length');
  if (!isDifference) return ok({ ...manifest, sections: unpacked.value });
  const before = baseSections(manifest.base);
  if (!before) {
    return err(
      checkpointError(
        'out-of-order',
        `The checkpoint builds on epoch ${manifest.base}, which is not here.`,
      ),
    );
  }
  return ok({ ...manifest, sections: mixIn(unpacked.value, before) });
}
