/** Tells the standby which code is hot here, so that it is translated there before it has to run. */
import type { PeerId } from '../../../replication/events.ts';
import { HOT_CODE_BYTES } from '../../../replication/limits.ts';
import { encodeHotList, readHotList, type HotPage } from '../../../vm/jit/hot-list.ts';
import type { Happening } from './replica-parts.ts';

/** To look takes some milliseconds, and what is hot changes slowly. */
const PERIOD_MS = 3_000;
/** Pages told at a time: 30 KB. Keys travel on the same channel, and the rest has time. */
const MOST_PAGES = 100;
/** A guest that did less since the last look has no new hot code. */
const FEW_INSTRUCTIONS = 50_000_000n;

/** Whom to tell of which machine. */
export interface HotCodeView {
  readonly memory: WebAssembly.Memory;
  /** Executed so far. */
  readonly instructions: bigint;
  readonly peer: PeerId;
}

export interface HotCodeParts {
  /** Undefined while nobody protects the machine. */
  readonly view: () => HotCodeView | undefined;
  readonly happen: (happening: Happening) => void;
}

/** Differs when a page has changed so much that it is worth telling. */
const signatureOf = ({ entries, decoded }: HotPage): string => {
  let bytes = 0;
  for (const byte of decoded) if (byte !== 0) bytes += 1;
  return `${String(entries.length >> 2)} ${String(bytes >> 3)}`;
};

export class HotCode {
  readonly #parts: HotCodeParts;
  readonly #timer: ReturnType<typeof setInterval>;
  /** Who has been told what. */
  #peer: PeerId | undefined;
  readonly #told = new Map<number, string>();
  #instructions = 0n;
  /** There was more to tell than was told. */
  #isMore = false;

  constructor(parts: HotCodeParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => {
      this.#look();
    }, PERIOD_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const view = this.#parts.view();
    if (view === undefined) return;
    const { memory, instructions, peer } = view;
    const isNew = peer !== this.#peer;
    if (!isNew && !this.#isMore && instructions - this.#instructions < FEW_INSTRUCTIONS) return;
    if (isNew) this.#told.clear();
    this.#peer = peer;
    this.#instructions = instructions;
    this.#tell(readHotList(memory));
  }

  #tell(pages: readonly HotPage[]): void {
    const changed = pages
      .filter((hot) => this.#told.get(hot.page) !== signatureOf(hot))
      .slice(0, MOST_PAGES);
    this.#isMore = changed.length === MOST_PAGES;
    for (const hot of changed) this.#told.set(hot.page, signatureOf(hot));
    for (const bytes of encodeHotList(changed, HOT_CODE_BYTES))
      this.#parts.happen({ kind: 'hot-code', bytes });
  }
}
