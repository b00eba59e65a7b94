/**
 * The primary's checkpoints on their way from the machine's memory to the link: the producer of the checkpoint
 * wing, a bounded piece of work at a time, no faster than the link takes it.
 */
import { sameBytes } from '../../../base/bytes.ts';
import { assert, defined } from '../../../base/assert.ts';
import type { Compressor } from '../../../checkpoint/compression.ts';
import {
  Producer,
  type CheckpointFacts,
  type ChunkPart,
  type ProducerOptions,
  type Progress,
} from '../../../checkpoint/producer.ts';
import type { EffectOf } from '../../../replication/effects.ts';
import type { StagedFacts } from '../../../replication/events.ts';
import type { Captured } from '../../../vm/machine/capture.ts';

export interface MakerParts {
  readonly memory: WebAssembly.Memory;
  readonly ramBytes: number;
  readonly compressor: Compressor;
  /** Names what RAM held when the machine's life began here; empty: zeros. */
  readonly baseline: Uint8Array;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** Calls back once the event at hand has been dealt with. */
  readonly soon: (run: () => void) => void;
  /** Calls back after whatever else waits. */
  readonly later: (run: () => void) => void;
  /** Whether the link can take more. */
  readonly hasRoom: () => boolean;
  readonly askMachine: (epoch: number, last: boolean) => void;
  readonly chunk: (epoch: number, part: ChunkPart, bytes: Uint8Array) => void;
  readonly staged: (epoch: number, facts: StagedFacts) => void;
  /** Other sizes than usual: the simulation's machines are tiny. */
  readonly sizes?: MakerSizes;
}

export interface MakerSizes extends Pick<ProducerOptions, 'chunkBytes' | 'references' | 'staging'> {
  readonly pagesAStep: number;
}

/** Copying 256 pages takes a third of a millisecond: the event loop gets its turn in between. */
const USUAL_SIZES: MakerSizes = { pagesAStep: 256 };

/** Small checkpoints, which somebody may wait for, are made in one turn of the event loop: each costs 0.3 ms. */
const TURN_MS = 1;

const NOTHING: StagedFacts = { dirtyPages: 0, zeroPages: 0, rawBytes: 0, copyMs: 0 };

export class CheckpointMaker {
  readonly #parts: MakerParts;
  readonly #producer: Producer;
  readonly #pagesAStep: number;
  /** A capture that has been made, and nobody has said yet what becomes of it. */
  #captured: { readonly epoch: number; readonly captured: Captured } | undefined;
  /** The epoch that is copied; 0: none. */
  #epoch = 0;
  /** What came out of a step; passed on when the producer is at rest, because it may be told to give up then. */
  readonly #chunks: { readonly part: ChunkPart; readonly bytes: Uint8Array }[] = [];
  #firstCopyPages = 0;
  #startedAt = 0;
  /** The work at hand waits for room on the link. */
  #waits = false;

  constructor(parts: MakerParts) {
    this.#parts = parts;
    const { memory, ramBytes, compressor, sizes = USUAL_SIZES } = parts;
    const { pagesAStep, ...producerSizes } = sizes;
    this.#pagesAStep = pagesAStep;
    this.#producer = new Producer({
      ...{ memory, ramBytes, compressor, ...producerSizes },
      emit: (part, bytes) => {
        this.#chunks.push({ part, bytes });
      },
    });
  }

  /** Bytes of pages that are copied and not encoded, and the most that there may be. */
  get staged(): { readonly bytes: number; readonly most: number } {
    const { used, limits } = this.#producer.staging;
    return { bytes: used << 20, most: limits.most << 20 };
  }

  /** Pages of the newest first copy, as counted when it began. */
  get firstCopyPages(): number {
    return this.#firstCopyPages;
  }

  /** Pages of the checkpoint under way that are encoded. */
  get encodedPages(): number {
    return this.#producer.encodedPages;
  }

  capture({ epoch, scope, baseline, last }: EffectOf<'capture'>): void {
    if (scope === 'first') {
      this.#producer.restart(sameBytes(baseline, this.#parts.baseline));
      this.#firstCopyPages = this.#producer.area.countDirty();
    }
    this.#producer.request();
    this.#parts.askMachine(epoch, last);
  }

  /** The machine's answer; to be called before the replica hears of it. */
  captured(epoch: number, captured: Captured): void {
    this.#captured = { epoch, captured };
  }

  copy({ epoch, base, baseline }: EffectOf<'copy'>): void {
    const { captured } = defined(this.#captured, 'a capture');
    this.#captured = undefined;
    const isFresh = this.#producer.begin({ epoch, base, baseline, captured });
    assert(isFresh, 'a stale capture was to be copied');
    this.#epoch = epoch;
    this.#startedAt = this.#parts.now();
    this.#waits = false;
    // Not at once: the effects of the event that brought the capture come first. But nothing else, for somebody may wait.
    this.#parts.soon(this.#stepOf(epoch));
  }

  /** There is room on the link again. */
  drained(): void {
    if (!this.#waits) return;
    this.#waits = false;
    this.#later(this.#epoch);
  }

  forget(epoch: number): void {
    this.#producer.commit(epoch);
  }

  /** These epochs will not be committed. */
  merge(epochs: readonly number[]): void {
    const [first = 0] = epochs;
    const unwanted = this.#captured;
    if (unwanted?.epoch === first) {
      this.#captured = undefined;
      const { captured } = unwanted;
      const identity = { epoch: first, base: 0, baseline: new Uint8Array(0), captured };
      if (this.#producer.begin(identity)) this.#producer.fail(first);
      this.#parts.staged(first, NOTHING);
      return;
    }
    this.#producer.fail(first);
    if (!epochs.includes(this.#epoch)) return;
    const given = this.#epoch;
    this.#epoch = 0;
    this.#parts.staged(given, NOTHING);
  }

  #later(epoch: number): void {
    this.#parts.later(this.#stepOf(epoch));
  }

  /** A step of an epoch's work, unless that has been given up. */
  #stepOf(epoch: number): () => void {
    return () => {
      if (this.#epoch === epoch && epoch !== 0) this.#step(epoch);
    };
  }

  #step(epoch: number): void {
    const { now, hasRoom } = this.#parts;
    const end = now() + TURN_MS;
    let progress: Progress;
    do {
      progress = this.#producer.step(this.#pagesAStep, hasRoom());
      for (const { part, bytes } of this.#chunks.splice(0)) {
        this.#parts.chunk(epoch, part, bytes);
        // The replica may have given this epoch up.
        if (this.#epoch !== epoch) return;
      }
      if (progress.kind === 'more' && progress.waits && !hasRoom()) {
        this.#waits = true;
        return;
      }
    } while (progress.kind === 'more' && now() < end);
    if (progress.kind === 'more') this.#later(epoch);
    else this.#finish(epoch, progress.facts);
  }

  #finish(epoch: number, facts: CheckpointFacts): void {
    this.#epoch = 0;
    const copyMs = this.#parts.now() - this.#startedAt;
    this.#parts.staged(epoch, { ...factsOf(facts), copyMs });
  }
}

function factsOf({ counts, rawBytes }: CheckpointFacts): Omit<StagedFacts, 'copyMs'> {
  const dirtyPages = counts.zero + counts.unchanged + counts.delta + counts.whole;
  return { dirtyPages, zeroPages: counts.zero, rawBytes };
}
