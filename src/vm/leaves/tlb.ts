/**
 * The software TLB (layout: TLB_BANKS). Entries are 4 KiB granules whatever the size of the page they
 * come from; `origin` remembers the page and the size.
 *
 * Every fill sets its bit in TLB_FILLED, so that a flush visits the entries that were filled and no
 * others: a process that touched thirty pages between two switches of satp costs thirty stores, where
 * clearing three banks would write 36 KiB.
 */

import {
  TLB_BANKS,
  TLB_ENTRY_SHIFT,
  TLB_FETCH,
  TLB_FILLED,
  TLB_OFFSET_MASK,
  TLB_READ,
  TLB_SUPERPAGES,
  TLB_WRITE,
} from '../layout.ts';
import { BANK_M, BANK_S, BANK_S_SUM, BANK_U, PAGE_MASK } from './constants.ts';

/** No masked address equals it. */
const EMPTY_TAG: i64 = -1;
/** Low bits of `origin` that hold the level of the leaf. */
const LEVEL_MASK: i32 = 3;
const ORIGIN_FIELD: i32 = 12;
const VALUE_FIELD: i32 = 8;
const ARRAY_SHIFT: i32 = 12;
const ARRAYS: i32 = 12;
const BITMAP_BYTES: i32 = 32;
const PAGE_FIELD: i32 = ~0xfff;

/** Address of the entry for `va` in an array (bank + TLB_READ, TLB_WRITE or TLB_FETCH). */
export function entryOf(array: i32, va: i64): i32 {
  return array + (i32(va >>> (12 - TLB_ENTRY_SHIFT)) & TLB_OFFSET_MASK);
}

/** True when the page of `va` is in this entry. */
export function hits(entry: i32, va: i64): bool {
  return load<i64>(entry) == (va & PAGE_MASK);
}

/** Host address of `va` through an entry of a READ or WRITE array that it hits. */
export function hostThrough(entry: i32, va: i64): i32 {
  return i32(va) + load<i32>(entry, VALUE_FIELD);
}

/** Host address of the page that an entry of any array stands for. */
export function originPage(entry: i32): i32 {
  return load<i32>(entry, ORIGIN_FIELD) & PAGE_FIELD;
}

function bitmapOf(array: i32): i32 {
  return TLB_FILLED + ((array - TLB_BANKS) >> ARRAY_SHIFT) * BITMAP_BYTES;
}

/**
 * @param value what the engines find behind the tag: an addend, or the address of record 0
 * @param hostPage host address of the page
 * @param level of the page-table leaf, 0 for 4 KiB and for bare addresses
 */
function fill(array: i32, va: i64, value: i32, hostPage: i32, level: i32): void {
  const entry = entryOf(array, va);
  store<i64>(entry, va & PAGE_MASK);
  store<i32>(entry, value, VALUE_FIELD);
  store<i32>(entry, hostPage | level, ORIGIN_FIELD);
  const index = (entry - array) >> TLB_ENTRY_SHIFT;
  const word = bitmapOf(array) + ((index >> 6) << 3);
  store<u64>(word, load<u64>(word) | (u64(1) << u64(index & 63)));
  if (level != 0) store<i32>(superpageFlag(va), 1);
}

/** Fills a READ or WRITE array. */
export function fillData(array: i32, va: i64, hostPage: i32, level: i32): void {
  fill(array, va, hostPage - i32(va & PAGE_MASK), hostPage, level);
}

export function fillFetch(bank: i32, va: i64, records: i32, hostPage: i32, level: i32): void {
  fill(bank + TLB_FETCH, va, records, hostPage, level);
}

/** One flag for user addresses, one for the kernel's (the halves that bit 38 tells apart). */
function superpageFlag(va: i64): i32 {
  return TLB_SUPERPAGES + (va < 0 ? 4 : 0);
}

function flushArray(array: i32): void {
  const bitmap = bitmapOf(array);
  for (let word = 0; word < 4; word++) {
    let filled = load<u64>(bitmap + (word << 3));
    if (filled == 0) continue;
    store<u64>(bitmap + (word << 3), 0);
    const first = array + (word << (6 + TLB_ENTRY_SHIFT));
    do {
      store<i64>(first + (i32(ctz(filled)) << TLB_ENTRY_SHIFT), EMPTY_TAG);
      filled &= filled - 1;
    } while (filled != 0);
  }
}

function flushBank(bank: i32): void {
  flushArray(bank + TLB_READ);
  flushArray(bank + TLB_WRITE);
  flushArray(bank + TLB_FETCH);
}

/** Forgets everything that satp decides: all banks but M. */
export function flushTranslated(): void {
  flushBank(BANK_U);
  flushBank(BANK_S);
  flushBank(BANK_S_SUM);
  store<i64>(TLB_SUPERPAGES, 0);
}

/** Forgets what MXR decides. */
export function flushTranslatedReads(): void {
  flushArray(BANK_U + TLB_READ);
  flushArray(BANK_S + TLB_READ);
  flushArray(BANK_S_SUM + TLB_READ);
}

/** Empties every bank. */
export function flush_tlb(): void {
  flushTranslated();
  flushBank(BANK_M);
}

/** Takes away every write permission, so that the next store to each page is seen again. */
export function flush_writes(): void {
  flushArray(BANK_U + TLB_WRITE);
  flushArray(BANK_S + TLB_WRITE);
  flushArray(BANK_S_SUM + TLB_WRITE);
  flushArray(BANK_M + TLB_WRITE);
}

/** Empties the whole TLB of a memory that never had one (its entries are zero, which is a valid tag). */
export function initialiseTlb(): void {
  for (
    let entry = TLB_BANKS;
    entry < TLB_BANKS + (ARRAYS << ARRAY_SHIFT);
    entry += 1 << TLB_ENTRY_SHIFT
  ) {
    store<i64>(entry, EMPTY_TAG);
  }
  memory.fill(TLB_FILLED, 0, ARRAYS * BITMAP_BYTES);
  store<i64>(TLB_SUPERPAGES, 0);
}

/** Removes the entries of an array that stand for the given host page, under whatever address. */
function removePageFrom(array: i32, hostPage: i32): void {
  const bitmap = bitmapOf(array);
  for (let word = 0; word < 4; word++) {
    let filled = load<u64>(bitmap + (word << 3));
    const first = array + (word << (6 + TLB_ENTRY_SHIFT));
    while (filled != 0) {
      const entry = first + (i32(ctz(filled)) << TLB_ENTRY_SHIFT);
      if (originPage(entry) == hostPage) store<i64>(entry, EMPTY_TAG);
      filled &= filled - 1;
    }
  }
}

/** Makes every store to a page take the slow path. */
export function removeWrites(hostPage: i32): void {
  removePageFrom(BANK_U + TLB_WRITE, hostPage);
  removePageFrom(BANK_S + TLB_WRITE, hostPage);
  removePageFrom(BANK_S_SUM + TLB_WRITE, hostPage);
  removePageFrom(BANK_M + TLB_WRITE, hostPage);
}

/** Makes every jump into a page go through `fetch_slow`. */
export function removeFetches(hostPage: i32): void {
  removePageFrom(BANK_U + TLB_FETCH, hostPage);
  removePageFrom(BANK_S + TLB_FETCH, hostPage);
  removePageFrom(BANK_M + TLB_FETCH, hostPage);
}

function removeAddress(array: i32, va: i64): void {
  const entry = entryOf(array, va);
  if (hits(entry, va)) store<i64>(entry, EMPTY_TAG);
}

function removeSuperpage(array: i32, va: i64): void {
  const bitmap = bitmapOf(array);
  for (let word = 0; word < 4; word++) {
    let filled = load<u64>(bitmap + (word << 3));
    const first = array + (word << (6 + TLB_ENTRY_SHIFT));
    while (filled != 0) {
      const entry = first + (i32(ctz(filled)) << TLB_ENTRY_SHIFT);
      const level = load<i32>(entry, ORIGIN_FIELD) & LEVEL_MASK;
      const shift = i64(12 + 9 * level);
      if (level != 0 && load<i64>(entry) >> shift == va >> shift) store<i64>(entry, EMPTY_TAG);
      filled &= filled - 1;
    }
  }
}

function flushAddressFrom(bank: i32, va: i64, superpages: bool): void {
  removeAddress(bank + TLB_READ, va);
  removeAddress(bank + TLB_WRITE, va);
  removeAddress(bank + TLB_FETCH, va);
  if (!superpages) return;
  removeSuperpage(bank + TLB_READ, va);
  removeSuperpage(bank + TLB_WRITE, va);
  removeSuperpage(bank + TLB_FETCH, va);
}

/**
 * Forgets the translation of one address: its own granule, and every granule of the superpage that
 * mapped it. The second costs a scan, so it happens only if a superpage was seen in that half of the
 * address space; user space seldom has one, and that is where Linux fences page by page.
 */
export function flushAddress(va: i64): void {
  const superpages = load<i32>(superpageFlag(va)) != 0;
  flushAddressFrom(BANK_U, va, superpages);
  flushAddressFrom(BANK_S, va, superpages);
  flushAddressFrom(BANK_S_SUM, va, superpages);
}
