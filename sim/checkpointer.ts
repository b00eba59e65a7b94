/**
 * The replica's thread of a simulated tab, as far as it makes checkpoints: the real producer on the
 * machine's memory, a few pages at a time while the guest runs.
 */
import { assert, defined } from '../src/base/assert.ts';
import type { Compressor } from '../src/checkpoint/compression.ts';
import { Producer, type CheckpointFacts } from '../src/checkpoint/producer.ts';
import type { EffectOf } from '../src/replication/effects.ts';
import type { StagedFacts } from '../src/replication/events.ts';
import type { Captured } from '../src/vm/machine/capture.ts';
import { RAM_BYTES } from './guest.ts';
import type { SimMachine } from './machine.ts';
import type { SimMemory } from './memory.ts';

export type CheckpointNews =
  | {
      readonly kind: 'chunk';
      readonly epoch: number;
      readonly part: 'pages' | 'sections';
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'staged'; readonly epoch: number; readonly facts: StagedFacts };

export interface CheckpointHooks {
  readonly later: (run: () => void) => void;
  readonly tell: (news: CheckpointNews) => void;
}

/** Small, so that a checkpoint has several. */
const CHUNK_BYTES = 700;
const PAGES_A_STEP = 4;
/** Fewer than there are pages: some fall out. */
const REFERENCES = 16;

const NOTHING: StagedFacts = { dirtyPages: 0, zeroPages: 0, rawBytes: 0, copyMs: 0 };

export class Checkpointer {
  readonly #producer: Producer;
  readonly #machine: SimMachine;
  readonly #hooks: CheckpointHooks;
  /** A capture that has been made, and nobody has said yet what becomes of it. */
  #captured: { readonly epoch: number; readonly captured: Captured } | undefined;
  /** The epoch that is copied. */
  #epoch = 0;

  constructor(
    memory: SimMemory,
    machine: SimMachine,
    compressor: Compressor,
    hooks: CheckpointHooks,
  ) {
    this.#machine = machine;
    this.#hooks = hooks;
    this.#producer = new Producer({
      ...{ memory: memory.memory, ramBytes: RAM_BYTES, compressor, chunkBytes: CHUNK_BYTES },
      ...{ references: REFERENCES, staging: { keep: 1, most: 2, quietEpochs: 4 } },
      emit: (part, bytes) => {
        hooks.tell({ kind: 'chunk', epoch: this.#epoch, part, bytes });
      },
    });
  }

  capture({ epoch, scope, last }: EffectOf<'capture'>): void {
    if (scope === 'first') this.#producer.restart(true);
    this.#producer.request();
    this.#machine.capture(epoch, last);
  }

  /** Before the replica hears of it. */
  captured(epoch: number, captured: Captured): void {
    this.#captured = { epoch, captured };
  }

  copy({ epoch, base, baseline }: EffectOf<'copy'>): void {
    const { captured } = defined(this.#captured, 'a capture');
    this.#captured = undefined;
    const fresh = this.#producer.begin({ epoch, base, baseline, captured });
    assert(fresh, 'a stale capture was to be copied');
    this.#epoch = epoch;
    this.#step(epoch);
  }

  #step(epoch: number): void {
    this.#hooks.later(() => {
      if (this.#epoch !== epoch) return;
      const progress = this.#producer.step(PAGES_A_STEP);
      if (progress.kind === 'more') {
        this.#step(epoch);
        return;
      }
      this.#epoch = 0;
      this.#hooks.tell({ kind: 'staged', epoch, facts: factsOf(progress.facts) });
    });
  }

  forget(epoch: number): void {
    this.#producer.commit(epoch);
  }

  merge(epochs: readonly number[]): void {
    const [first = 0] = epochs;
    const unwanted = this.#captured;
    if (unwanted?.epoch === first) {
      this.#captured = undefined;
      const { captured } = unwanted;
      const identity = { epoch: first, base: 0, baseline: new Uint8Array(0), captured };
      if (this.#producer.begin(identity)) this.#producer.fail(first);
      this.#hooks.tell({ kind: 'staged', epoch: first, facts: NOTHING });
      return;
    }
    this.#producer.fail(first);
    if (!epochs.includes(this.#epoch)) return;
    this.#hooks.tell({ kind: 'staged', epoch: this.#epoch, facts: NOTHING });
    this.#epoch = 0;
  }
}

function factsOf({ counts, rawBytes }: CheckpointFacts): StagedFacts {
  const dirtyPages = counts.zero + counts.unchanged + counts.delta + counts.whole;
  return { dirtyPages, zeroPages: counts.zero, rawBytes, copyMs: 1 };
}
