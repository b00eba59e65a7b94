/**
 * The one door for writes to RAM by the CPU (R1), and the slots of decoded instructions that every
 * such write may spoil. A page that has records is in no WRITE array, so the engines' stores to it
 * all come through here.
 */

import {
  DECODED,
  DECODE_FREE_COUNT,
  DECODE_OLDEST,
  DECODE_SLOTS,
  DECODE_SLOT_BYTES,
  GRANULE_BYTES,
  HANDLER_PAGE_END,
  LONE_OFFSET,
  LONE_PAGE,
  LONE_RECORDS,
  PAGE_RECORDS,
  RAM,
  RECORD_BYTES,
  SLOT_FREE,
  SLOT_PAGES,
  SLOT_STORES,
  SLOT_TOUCHED,
  SLOT_USED,
  STAT_DECODED_DROPS,
  TRANSLATED_PAGES,
} from '../layout.ts';
import { translations_stale } from './bus.ts';
import { markPage } from './capture.ts';
import { PAGE_BYTES } from './constants.ts';
import { end_slice } from './state.ts';
import { removeFetches, removeWrites } from './tlb.ts';

/** After so many stores a page is data again: its records go, and it may enter WRITE arrays. */
const STORES_BEFORE_DROP: i32 = 64;
/** A write this long rewrites the page: dropping costs less than clearing its records one by one. */
const LONG_WRITE: i32 = 512;
/** Halfwords before a write whose records may cover it: a fused pair of 4-byte instructions. */
const LOOK_BACK: i32 = 3;
const RECORDS: i32 = 2048;
const FREE: i32 = -1;
/** Slots that eviction looks at before it takes the next one whatever it holds: two rounds. */
const MAX_LOOKS: i32 = 2 * DECODE_SLOTS;

/**
 * Tells everybody that `length` bytes of RAM, within one page, are about to change. It must come
 * before the write: a capture under way copies the page as it is now.
 * @param offset from the start of RAM
 */
export function markWritten(offset: i32, length: i32): void {
  const page = u32(offset) >> 12;
  markPage(page);
  const records = recordsOf(page);
  if (records != 0) spoil(page, records, offset & (PAGE_BYTES - 1), length);
}

/** Address of record 0 of a page of RAM, 0 when it has none. */
export function recordsOf(page: i32): i32 {
  return load<i32>(PAGE_RECORDS + (page << 2));
}

function spoil(page: i32, records: i32, offset: i32, length: i32): void {
  staleTranslations(page);
  const counter = SLOT_STORES + (slotOf(records) << 2);
  const stores = load<i32>(counter) + 1;
  if (stores >= STORES_BEFORE_DROP || length >= LONG_WRITE) {
    // The engine may be inside these very records: it must come back and fetch anew.
    drop(page, records);
    end_slice();
    return;
  }
  store<i32>(counter, stores);
  const first = max((offset >> 1) - LOOK_BACK, 0);
  const last = (offset + length - 1) >> 1;
  for (let index = first; index <= last; index++) {
    const record = records + index * RECORD_BYTES;
    // A write would give the host's page to records that nobody needs.
    if (load<u16>(record) != 0) store<u16>(record, 0);
  }
}

function slotOf(records: i32): i32 {
  return (records - DECODED) / DECODE_SLOT_BYTES;
}

/** Takes a page's records away, and makes its slot free. */
function drop(page: i32, records: i32): void {
  const slot = slotOf(records);
  forget(page);
  const count = load<i32>(DECODE_FREE_COUNT);
  store<i32>(SLOT_FREE + (count << 2), slot);
  store<i32>(DECODE_FREE_COUNT, count + 1);
  store<i32>(SLOT_PAGES + (slot << 2), FREE);
}

/** Throws away what was translated from a page. The engine may be inside it, and must come back. */
function staleTranslations(page: i32): void {
  if (load<u8>(TRANSLATED_PAGES + page) == 0) return;
  store<u8>(TRANSLATED_PAGES + page, 0);
  end_slice();
  translations_stale(page);
}

function forget(page: i32): void {
  staleTranslations(page);
  store<i32>(PAGE_RECORDS + (page << 2), 0);
  removeFetches(RAM + (page << 12));
  store<i64>(STAT_DECODED_DROPS, load<i64>(STAT_DECODED_DROPS) + 1);
}

/**
 * The slot to take from its page: the next in the round that was not fetched from since the last look
 * (second chance). What was translated from a page cost a thousand times its records: such pages stay
 * as long as there are others.
 */
function victim(): i32 {
  let slot = load<i32>(DECODE_OLDEST);
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const page = load<i32>(SLOT_PAGES + (slot << 2));
    if (load<u8>(SLOT_USED + slot) == 0 && load<u8>(TRANSLATED_PAGES + page) == 0) break;
    store<u8>(SLOT_USED + slot, 0);
    slot = (slot + 1) % DECODE_SLOTS;
  }
  store<i32>(DECODE_OLDEST, (slot + 1) % DECODE_SLOTS);
  return slot;
}

/** A slot for a page: a free one, or one taken from another page. */
function takeSlot(): i32 {
  const free = load<i32>(DECODE_FREE_COUNT);
  if (free != 0) {
    store<i32>(DECODE_FREE_COUNT, free - 1);
    return load<i32>(SLOT_FREE + ((free - 1) << 2));
  }
  const slot = victim();
  forget(load<i32>(SLOT_PAGES + (slot << 2)));
  return slot;
}

/** Takes away what was decoded into a slot. */
function clear(slot: i32, records: i32): void {
  const touched: i32 = load<u8>(SLOT_TOUCHED + slot);
  for (let granule = 0; granule < (RECORDS * RECORD_BYTES) / GRANULE_BYTES; granule++) {
    if ((touched & (1 << granule)) != 0)
      memory.fill(records + granule * GRANULE_BYTES, 0, GRANULE_BYTES);
  }
  store<u8>(SLOT_TOUCHED + slot, 0);
}

/** Address of record 0 of a page of RAM; gives it fresh records if it had none. */
export function ensureRecords(page: i32): i32 {
  const known = recordsOf(page);
  if (known != 0) {
    store<u8>(SLOT_USED + slotOf(known), 1);
    return known;
  }
  const slot = takeSlot();
  const records = DECODED + slot * DECODE_SLOT_BYTES;
  clear(slot, records);
  store<u16>(records + RECORDS * RECORD_BYTES, HANDLER_PAGE_END);
  store<i32>(SLOT_PAGES + (slot << 2), page);
  store<i32>(SLOT_STORES + (slot << 2), 0);
  store<u8>(SLOT_USED + slot, 0);
  store<i32>(PAGE_RECORDS + (page << 2), records);
  removeWrites(RAM + (page << 12));
  return records;
}

/**
 * Records for a page in which only the instruction at `offset` was found executable: all others are
 * the sentinel, so that the engine comes back to `fetch_slow` for each.
 */
export function loneRecords(page: i32, offset: i32): i32 {
  store<i32>(LONE_PAGE, page);
  store<u16>(LONE_RECORDS + load<i32>(LONE_OFFSET), HANDLER_PAGE_END);
  const record = (offset >> 1) * RECORD_BYTES;
  store<u16>(LONE_RECORDS + record, 0);
  store<i32>(LONE_OFFSET, record);
  return LONE_RECORDS;
}

/** Drops all records and makes every slot free, whatever the tables held. */
export function flush_decoded(): void {
  for (let slot = 0; slot < DECODE_SLOTS; slot++) {
    const page = load<i32>(SLOT_PAGES + (slot << 2));
    // In a memory that never ran all is zero: a slot counts only if its page agrees.
    if (page != FREE && recordsOf(page) == DECODED + slot * DECODE_SLOT_BYTES) forget(page);
    store<i32>(SLOT_PAGES + (slot << 2), FREE);
    // Popped from the top: slot 0 is taken first.
    store<i32>(SLOT_FREE + (slot << 2), DECODE_SLOTS - 1 - slot);
  }
  store<i32>(DECODE_FREE_COUNT, DECODE_SLOTS);
  store<i32>(DECODE_OLDEST, 0);
  for (let index = 0; index <= RECORDS; index++) {
    store<u16>(LONE_RECORDS + index * RECORD_BYTES, HANDLER_PAGE_END);
  }
  store<i32>(LONE_OFFSET, 0);
  end_slice();
}
