/** Fills the interpreter's records from guest RAM: the decoder, written into memory. */
import { assert } from '../../../base/assert.ts';
import { decode, lengthOf } from '../../isa/decoder.ts';
import type { Decoded } from '../../isa/decoder.ts';
import {
  CROSSING_BITS,
  DECODED,
  DECODE_SLOT_BYTES,
  GRANULE_BYTES,
  HANDLER_DECODE,
  HANDLER_PAGE_END,
  LONE_PAGE,
  LONE_RECORDS,
  RAM,
  RECORD_BYTES,
  SLOT_PAGES,
  SLOT_TOUCHED,
  X_DUMMY,
  UNDER_RECORDS,
} from '../../layout.ts';
import { RECORD_BYTES_PER_CODE_BYTE, ROUNDING_SHIFT } from './context.ts';
import {
  HANDLER_CROSSING,
  HANDLER_ILLEGAL,
  type Reach,
  fusedHandler,
  handlerNumber,
} from './handlers.ts';

const PAGE_BYTES = 4096;
const LAST_HALFWORD = PAGE_BYTES - 2;
/** Instructions decoded ahead of the one asked for, to spare calls; they mostly run in a row. */
const DECODE_AHEAD = 16;

/** The instructions after which control does not simply go on. */
const ENDS_RUN: ReadonlySet<string> = new Set(['jal', 'jalr', 'mret', 'sret', 'ecall', 'ebreak']);

/** The address of record 0 of the page that `record` belongs to. */
const firstRecordOf = (record: number): number => {
  if (record < DECODED) return LONE_RECORDS;
  return record - ((record - DECODED) % DECODE_SLOT_BYTES);
};

/** The number of the slot whose record 0 is at `first`. */
const slotOf = (first: number): number => (first - DECODED) / DECODE_SLOT_BYTES;

export class RecordDecoder {
  readonly #u8: Uint8Array;
  readonly #u16: Uint16Array;
  readonly #i32: Int32Array;

  constructor(memory: WebAssembly.Memory) {
    this.#u8 = new Uint8Array(memory.buffer);
    this.#u16 = new Uint16Array(memory.buffer);
    this.#i32 = new Int32Array(memory.buffer);
  }

  /** Decodes the record at `record` and a few behind it in the same page. */
  readonly decode = (record: number): void => {
    const first = firstRecordOf(record);
    const page = this.#pageOf(first);
    let offset = (record - first) / RECORD_BYTES_PER_CODE_BYTE;
    let previous = 0;
    for (let count = 0; count < DECODE_AHEAD && offset < PAGE_BYTES; count++) {
      const at = first + offset * RECORD_BYTES_PER_CODE_BYTE;
      if (this.#u16[at >> 1] !== HANDLER_DECODE) {
        this.#fuse(previous, at);
        return;
      }
      this.#touch(first, at);
      const decoded = this.#decodeAt(at, page, offset);
      if (!decoded) return;
      this.#fuse(previous, at);
      if (ENDS_RUN.has(decoded.instruction.name)) return;
      previous = at;
      offset += decoded.length;
    }
  };

  /** Says that the record at `at` will be cleared with its slot, whose record 0 is at `first`. */
  #touch(first: number, at: number): void {
    if (first === LONE_RECORDS) return;
    const cell = SLOT_TOUCHED + slotOf(first);
    this.#u8[cell] = (this.#u8[cell] ?? 0) | (1 << ((at - first) / GRANULE_BYTES));
  }

  /** Decodes an instruction whose upper half lies in another page into a slot of CROSSING_RECORDS. */
  readonly decodeCrossing = (slot: number, bits: number): void => {
    const decoded = decode(bits);
    if (decoded) this.#write(slot, decoded, 'far');
    else this.#u16[slot >> 1] = HANDLER_ILLEGAL;
    this.#u16[(slot + 2 * RECORD_BYTES) >> 1] = HANDLER_PAGE_END;
    this.#i32[(slot + CROSSING_BITS) >> 2] = bits;
  };

  /** Lets the record at `first` (0 = none) run the next one too, where there is a handler for both. */
  #fuse(first: number, second: number): void {
    if (first === 0) return;
    const fused = fusedHandler(this.#u16[first >> 1] ?? 0, this.#u16[second >> 1] ?? 0);
    if (fused !== undefined) this.#u16[first >> 1] = fused;
  }

  /** Host address of the page whose record 0 is at `first`. */
  #pageOf(first: number): number {
    const cell = first === LONE_RECORDS ? LONE_PAGE : SLOT_PAGES + 4 * slotOf(first);
    return RAM + (this.#i32[cell >> 2] ?? 0) * PAGE_BYTES;
  }

  /** Decodes the instruction whose record holds a region's number into UNDER_RECORDS. */
  readonly decodeUnder = (record: number): void => {
    const first = firstRecordOf(record);
    const at = this.#pageOf(first) + (record - first) / RECORD_BYTES_PER_CODE_BYTE;
    const decoded = decode(((this.#u16[(at + 2) >> 1] ?? 0) << 16) | (this.#u16[at >> 1] ?? 0));
    assert(decoded !== undefined, 'a region starts with an instruction');
    this.#write(UNDER_RECORDS, decoded, 'far');
    this.#u16[(UNDER_RECORDS + (decoded.length / 2) * RECORD_BYTES) >> 1] = HANDLER_PAGE_END;
  };

  #decodeAt(at: number, page: number, offset: number): Decoded | undefined {
    const lower = this.#u16[(page + offset) >> 1] ?? 0;
    if (offset === LAST_HALFWORD && lengthOf(lower) === 4) {
      this.#i32[(at >> 2) + 2] = lower;
      this.#u16[at >> 1] = HANDLER_CROSSING;
      return undefined;
    }
    const upper = this.#u16[(page + offset + 2) >> 1] ?? 0;
    const decoded = decode((upper << 16) | lower);
    if (!decoded) {
      this.#u16[at >> 1] = HANDLER_ILLEGAL;
      return undefined;
    }
    const target = offset + decoded.operands.imm;
    const inPage = target >= 0 && target < PAGE_BYTES;
    this.#write(at, decoded, !inPage ? 'far' : target < offset ? 'back' : 'near');
    return decoded;
  }

  #write(at: number, decoded: Decoded, reach: Reach): void {
    const { instruction, operands, length } = decoded;
    const { format } = instruction;
    const u16 = this.#u16;
    const half = at >> 1;
    const pcRelative = format.target === 'pc';
    let imm = operands.imm;
    if (format.rd === 'f' || format.rounding)
      imm = format.immediate ? imm : (operands.rs3 * 8) | (operands.rm << ROUNDING_SHIFT);
    else if (pcRelative && reach !== 'far') imm *= RECORD_BYTES_PER_CODE_BYTE;
    u16[half + 1] = (format.rd === 'x' && operands.rd === 0 ? X_DUMMY : operands.rd) * 8;
    u16[half + 2] = operands.rs1 * 8;
    u16[half + 3] = operands.rs2 * 8;
    this.#i32[(at >> 2) + 2] = imm;
    this.#i32[(at >> 2) + 3] = imm >> 31;
    u16[half] = handlerNumber(instruction, length, pcRelative ? reach : 'near');
  }
}
