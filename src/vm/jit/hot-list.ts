/**
 * The hot list: which pages of a machine's code were translated, and what had been decoded of them. Another machine
 * with the same RAM translates them before it runs, so that a takeover does not fall back to the interpreter's
 * speed. It is advice: a page whose code is another by then is translated as it is, or not at all.
 */
import { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { HANDLER_REGION } from '../cpu/interpreter/handlers.ts';
import {
  DECODED,
  DECODE_SLOTS,
  DECODE_SLOT_BYTES,
  HANDLER_DECODE,
  PAGE_RECORDS,
  RECORD_BYTES,
  SLOT_PAGES,
  TRANSLATED_PAGES,
} from '../layout.ts';

/** Halfwords of a page: an instruction may begin at each. */
const HALFWORDS = 2048;

export interface HotPage {
  /** Its number in RAM. */
  readonly page: number;
  /** Offsets at which translated code is entered. */
  readonly entries: readonly number[];
  /** A bit for each halfword: an instruction that begins there has been decoded. */
  readonly decoded: Uint8Array;
}

const DECODED_BYTES = HALFWORDS / 8;

export const isDecoded = (decoded: Uint8Array, offset: number): boolean =>
  (((decoded[offset >> 4] ?? 0) >> ((offset >> 1) & 7)) & 1) === 1;

/**
 * The pages of a machine that are translated now; its thread may run meanwhile. It takes some milliseconds.
 * @param memory the machine's
 */
export function readHotList(memory: WebAssembly.Memory): HotPage[] {
  const u8 = new Uint8Array(memory.buffer);
  const u16 = new Uint16Array(memory.buffer);
  const i32 = new Int32Array(memory.buffer);
  const pages: HotPage[] = [];
  for (let slot = 0; slot < DECODE_SLOTS; slot++) {
    const page = i32[(SLOT_PAGES >> 2) + slot] ?? -1;
    const records = DECODED + slot * DECODE_SLOT_BYTES;
    if (page < 0 || i32[(PAGE_RECORDS >> 2) + page] !== records) continue;
    if (u8[TRANSLATED_PAGES + page] !== 1) continue;
    const read = readPage(u16, page, records);
    if (read.entries.length > 0) pages.push(read);
  }
  return pages;
}

function readPage(u16: Uint16Array, page: number, records: number): HotPage {
  const entries: number[] = [];
  const decoded = new Uint8Array(DECODED_BYTES);
  for (let i = 0; i < HALFWORDS; i++) {
    const handler = u16[(records + i * RECORD_BYTES) >> 1];
    if (handler === HANDLER_DECODE) continue;
    decoded[i >> 3] = (decoded[i >> 3] ?? 0) | (1 << (i & 7));
    if (handler === HANDLER_REGION) entries.push(2 * i);
  }
  return { page, entries, decoded };
}

/** Pages as bytes, in pieces of at most `mostBytes`. */
export function encodeHotList(pages: readonly HotPage[], mostBytes: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let writer = new ByteWriter();
  for (const hot of pages) {
    const bytes = encodePage(hot);
    if (writer.length > 0 && writer.length + bytes.length > mostBytes) {
      pieces.push(writer.finish());
      writer = new ByteWriter();
    }
    writer.raw(bytes);
  }
  if (writer.length > 0) pieces.push(writer.finish());
  return pieces;
}

/** A page's bytes begin with its number. */
function encodePage({ page, entries, decoded }: HotPage): Uint8Array {
  const writer = new ByteWriter().u32(page).u16(entries.length);
  for (const offset of entries) writer.u16(offset);
  return writer.raw(decoded).finish();
}

/**
 * The counterpart of {@link encodeHotList}, for one piece; undefined for anything that it does not write.
 * @param ramPages pages of the machine that it is for
 */
export function decodeHotList(bytes: Uint8Array, ramPages: number): HotPage[] | undefined {
  const reader = new ByteReader(bytes);
  const pages: HotPage[] = [];
  try {
    while (reader.remaining > 0) {
      const page = reader.u32();
      const count = reader.u16();
      if (page >= ramPages || count === 0 || count > HALFWORDS) return undefined;
      const entries = Array.from({ length: count }, () => reader.u16());
      const decoded = reader.raw(DECODED_BYTES).slice();
      if (!entries.every((offset) => offset % 2 === 0 && isDecoded(decoded, offset)))
        return undefined;
      pages.push({ page, entries, decoded });
    }
  } catch {
    // It ends too early.
    return undefined;
  }
  return pages;
}
