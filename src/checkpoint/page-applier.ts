/** Brings pages of a checkpoint into RAM, or finds out what they would become there. */
import { RAM } from '../vm/layout.ts';
import { PAGE_KIND, type Batch } from './batch-format.ts';
import type { CaptureArea } from './capture-area.ts';
import type { ContentHash } from './content-hash.ts';
import { PAGE_WORDS } from './digest.ts';
import { LINE_MASK_WORDS, PageDelta } from './page-delta.ts';
import { pageKernel } from './page-kernel.ts';

export class PageApplier {
  readonly #area: CaptureArea;
  readonly #ram: Int32Array;
  readonly #delta = new PageDelta();
  readonly #kernel = pageKernel();

  constructor(memory: WebAssembly.Memory, area: CaptureArea) {
    this.#area = area;
    this.#ram = new Int32Array(memory.buffer, RAM, area.pages * PAGE_WORDS);
  }

  /** Adds what the pages would become to `content`; RAM is read only. */
  hash(batch: Batch, content: ContentHash): void {
    this.#each(batch, (page, kind, wholeAt, valuesAt) => {
      if (kind === PAGE_KIND.zero) {
        content.addZero(page);
        return;
      }
      const { now, hash, hashed } = this.#kernel;
      if (kind === PAGE_KIND.whole) {
        now.set(batch.whole.subarray(wholeAt, wholeAt + PAGE_WORDS));
      } else {
        const at = page * PAGE_WORDS;
        now.set(this.#ram.subarray(at, at + PAGE_WORDS));
        this.#delta.patch(now, 0, batch.values, valuesAt);
      }
      hash();
      content.add(page, hashed, 0);
    });
  }

  /** Writes the pages. Nothing can fail. */
  apply(batch: Batch): void {
    this.#each(batch, (page, kind, wholeAt, valuesAt) => {
      const at = page * PAGE_WORDS;
      this.#area.markWritten(page);
      if (kind === PAGE_KIND.zero) {
        this.#ram.fill(0, at, at + PAGE_WORDS);
      } else if (kind === PAGE_KIND.whole) {
        this.#ram.set(batch.whole.subarray(wholeAt, wholeAt + PAGE_WORDS), at);
      } else {
        this.#delta.patch(this.#ram, at, batch.values, valuesAt);
      }
    });
  }

  /** Goes through a batch; `#delta` holds the masks of the page at hand if it is a delta. */
  #each(
    batch: Batch,
    take: (page: number, kind: number, wholeAt: number, valuesAt: number) => void,
  ): void {
    let linesAt = 0;
    let masksAt = 0;
    let valuesAt = 0;
    let wholeAt = 0;
    for (let i = 0; i < batch.pages.length; i++) {
      const kind = batch.kinds[i] as number;
      if (kind === PAGE_KIND.delta) this.#delta.load(batch.lines, linesAt, batch.masks, masksAt);
      take(batch.pages[i] as number, kind, wholeAt, valuesAt);
      if (kind === PAGE_KIND.whole) wholeAt += PAGE_WORDS;
      if (kind !== PAGE_KIND.delta) continue;
      linesAt += LINE_MASK_WORDS;
      masksAt += this.#delta.lineCount;
      valuesAt += 2 * this.#delta.doublewords;
    }
  }
}
