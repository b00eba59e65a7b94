/**
 * Takes back what a guest has done to RAM. A capture is made for that: before a page that it wants is written to, its
 * contents go into COW_RING. Here a capture wants every page, and the ring is emptied back into RAM.
 *
 * All of it is for the thread that runs the guest, between two slices. A guest that writes to more than the ring's
 * 4,096 pages waits at `onCopyWait`, where it can be kept, too.
 */
import { assert } from '../base/assert.ts';
import type { CaptureArea } from './capture-area.ts';

export class Rollback {
  readonly #area: CaptureArea;
  #open = false;

  constructor(area: CaptureArea) {
    this.#area = area;
  }

  /**
   * From here on what the guest writes can be taken back. What was dirty before no longer is.
   * @param capture makes a capture; none may be under way
   */
  begin(capture: () => boolean): void {
    this.#area.markAllDirty();
    assert(capture(), 'another capture is under way');
    this.#open = true;
  }

  /** What was written can still be taken back. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Pages that were written to. */
  get pages(): number {
    return this.#open ? this.#area.ringLength : 0;
  }

  /** RAM is as it was, and no page is dirty. */
  undo(): void {
    if (!this.#open) return;
    this.#empty((page, contents) => {
      this.#area.page(page).set(contents);
    });
    this.#area.forgetDirty();
  }

  /** What was written stays, and is dirty. */
  keep(): void {
    if (this.#open) this.#empty(() => undefined);
  }

  #empty(take: (page: number, contents: Uint8Array) => void): void {
    while (this.#area.ringLength > 0) this.#area.takeFromRing(take);
    this.#area.endCapture();
    this.#open = false;
  }
}
