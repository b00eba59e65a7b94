import { beforeEach, describe, expect, it } from 'vitest';
import { GRANULE_BYTES, HANDLER_DECODE, RAM, RECORD_BYTES, SLOT_TOUCHED } from '../../layout.ts';
import { TestHart, ram } from '../testing/test-hart.ts';
import { RecordDecoder } from './record-decoder.ts';

const PAGE = 4096;
const RECORDS = PAGE / 2;
/** addi a0, a0, 1 */
const ADDI = 0x0015_0513;
/** c.addi a0, 1 */
const C_ADDI = 0x0505;

let hart: TestHart;
let decoder: RecordDecoder;
beforeEach(() => {
  hart = new TestHart();
  decoder = new RecordDecoder(hart.memory);
});

const recordAt = (records: number, offset: number): number => records + (offset / 2) * RECORD_BYTES;
const touched = (slot: number): number => hart.view.getUint8(SLOT_TOUCHED + slot);
/** Numbers of the records of a slot that hold something. */
const filled = (records: number): number[] =>
  Array.from({ length: RECORDS }, (_, i) => i).filter(
    (i) => hart.view.getUint16(records + i * RECORD_BYTES, true) !== HANDLER_DECODE,
  );

describe('what was decoded into a slot', () => {
  it('is marked by granules', () => {
    for (let at = 0; at < PAGE; at += 4) hart.view.setUint32(RAM + at, ADDI, true);
    const records = hart.leaves.fetch_slow(ram(0));
    expect(touched(0)).toBe(0);
    decoder.decode(recordAt(records, 0x600));
    expect(touched(0)).toBe(0b1000);
    // Sixteen instructions ahead reach over the granule's end.
    decoder.decode(recordAt(records, 0xa00 - 8));
    expect(touched(0)).toBe(0b11_1000);
  });

  it('is all gone when another page gets the slot', () => {
    for (let at = 0; at < 2 * PAGE; at += 2) hart.view.setUint16(RAM + at, C_ADDI, true);
    const first = hart.leaves.fetch_slow(ram(0));
    for (let offset = 0; offset < PAGE; offset += 2) decoder.decode(recordAt(first, offset));
    expect(filled(first).length).toBe(RECORDS);
    // The page is written anew: its slot is free, and the next one to be given.
    hart.leaves.dma_written(Number(ram(0)), PAGE);
    const second = hart.leaves.fetch_slow(ram(PAGE));
    expect(second).toBe(first);
    expect(filled(second)).toEqual([]);
    decoder.decode(recordAt(second, GRANULE_BYTES / 8));
    expect(touched(0)).toBe(0b10);
  });
});
