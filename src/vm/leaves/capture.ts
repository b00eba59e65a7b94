/**
 * Capture: which pages of RAM a checkpoint has to hold, and their contents as they were at its pause.
 *
 * A capture exchanges the two dirty maps and takes all write permission away; what it costs depends
 * neither on RAM nor on how much was written (R2). The pages are copied afterwards, by another
 * thread, while the guest runs: a byte of the captured map goes from PENDING over COPYING to COPIED, and
 * whoever wins the first step copies the page. A write to a page that is still PENDING copies it into
 * COW_RING first, so the checkpoint gets the page as it was.
 */

import {
  CAPTURED_COPIED,
  CAPTURED_COPYING,
  CAPTURED_PENDING,
  CAPTURE_BEGINS,
  CAPTURE_FREE,
  CAPTURE_LOCK,
  CAPTURE_MAP,
  COW_BELL,
  COW_HEAD,
  COW_PAGES,
  COW_RING,
  COW_SLOTS,
  COW_TAIL,
  COW_WAITING,
  DIRTY_CURRENT,
  DIRTY_MAP,
  DIRTY_MAP_2,
  RAM,
  STAT_COW_PAGES,
  STAT_COW_WAITS,
} from '../layout.ts';
import { await_copy } from './bus.ts';
import { PAGE_BYTES } from './constants.ts';
import { flush_writes } from './tlb.ts';

/** The copier needs about a microsecond for a page: looking again this often costs less than sleeping. */
const SPINS: i32 = 2000;

/** A memory that never ran names no map yet. */
export function initialiseCapture(): void {
  if (load<i32>(DIRTY_CURRENT) == 0) store<i32>(DIRTY_CURRENT, DIRTY_MAP);
}

/** Marks a page as written, or about to be, and keeps what a capture still needs of it. */
export function markPage(page: i32): void {
  if (load<i32>(CAPTURE_MAP) != 0) preserve(page);
  store<u8>(load<i32>(DIRTY_CURRENT) + page, 1);
}

/**
 * Begins a capture of everything written since the last one.
 * @returns 0 when the copy of the last one is still under way, or the maps are being marked: nothing happened
 */
export function capture_begin(): i32 {
  if (atomic.load<i32>(CAPTURE_MAP) != 0) return 0;
  if (atomic.cmpxchg<i32>(CAPTURE_LOCK, CAPTURE_FREE, CAPTURE_BEGINS) != CAPTURE_FREE) return 0;
  const captured = load<i32>(DIRTY_CURRENT);
  atomic.store<i32>(DIRTY_CURRENT, captured == DIRTY_MAP ? DIRTY_MAP_2 : DIRTY_MAP);
  atomic.store<i32>(CAPTURE_MAP, captured);
  atomic.store<i32>(CAPTURE_LOCK, CAPTURE_FREE);
  flush_writes();
  return 1;
}

function ringIsFull(): bool {
  return load<i32>(COW_HEAD) - atomic.load<i32>(COW_TAIL) >= COW_SLOTS;
}

/** True while a page that is about to be written must not be, because its copy is not made yet. */
function mustWait(cell: i32): bool {
  const state = i32(atomic.load<u8>(cell));
  return state == CAPTURED_COPYING || (state == CAPTURED_PENDING && ringIsFull());
}

/** Sees to it that the capture has the page, if it wants it. */
function preserve(page: i32): void {
  const map = atomic.load<i32>(CAPTURE_MAP);
  if (map == 0) return;
  const cell = map + page;
  for (;;) {
    waitWhileBusy(cell);
    // Only this thread fills the ring: there is still room.
    const state = i32(atomic.cmpxchg<u8>(cell, CAPTURED_PENDING, CAPTURED_COPYING));
    if (state == CAPTURED_PENDING) {
      copyToRing(page);
      atomic.store<u8>(cell, CAPTURED_COPIED);
      return;
    }
    // The copier may have begun since we looked: the page must not change before it has ended.
    if (state != CAPTURED_COPYING) return;
  }
}

function copyToRing(page: i32): void {
  const head = load<i32>(COW_HEAD);
  const slot = head & (COW_SLOTS - 1);
  memory.copy(COW_RING + slot * PAGE_BYTES, RAM + page * PAGE_BYTES, PAGE_BYTES);
  store<i32>(COW_PAGES + (slot << 2), page);
  atomic.store<i32>(COW_HEAD, head + 1);
  store<i64>(STAT_COW_PAGES, load<i64>(STAT_COW_PAGES) + 1);
}

function waitWhileBusy(cell: i32): void {
  for (let spin = 0; spin < SPINS; spin++) if (!mustWait(cell)) return;
  store<i64>(STAT_COW_WAITS, load<i64>(STAT_COW_WAITS) + 1);
  // The copier rings when it sees COW_WAITING: both are looked at again after they were set.
  atomic.store<i32>(COW_WAITING, 1);
  for (;;) {
    const bell = atomic.load<i32>(COW_BELL);
    if (!mustWait(cell)) break;
    await_copy(bell);
  }
  atomic.store<i32>(COW_WAITING, 0);
}
