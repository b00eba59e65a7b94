/** A primary's and a standby's memory with producer and applier, and a way between them. For tests only. */
import { assert, defined } from '../../base/assert.ts';
import type { Result } from '../../base/result.ts';
import { PAGES, RAM_BYTES, TestHart, ram } from '../../vm/cpu/testing/test-hart.ts';
import { DIRTY_CURRENT, RAM } from '../../vm/layout.ts';
import type { Captured } from '../../vm/machine/capture.ts';
import { Applier, type AppliedCheckpoint } from '../applier.ts';
import type { CheckpointError } from '../batch-format.ts';
import { PAGE_BYTES } from '../capture-area.ts';
import type { Compressor } from '../compression.ts';
import { Producer, type CheckpointFacts, type ChunkPart } from '../producer.ts';

export interface Chunk {
  readonly part: ChunkPart;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A checkpoint on its way, and what it must become. */
export interface Shipment {
  readonly epoch: number;
  readonly chunks: readonly Chunk[];
  readonly facts: CheckpointFacts;
  readonly ram: Uint8Array;
  readonly captured: Captured;
}

export const ramOf = (hart: TestHart): Uint8Array =>
  new Uint8Array(hart.memory.buffer, RAM, RAM_BYTES);

/** Page by page: the matcher of the test runner is slow on long arrays. */
export const differingPages = (a: Uint8Array, b: Uint8Array): number[] =>
  Array.from({ length: PAGES }, (_, page) => page).filter((page) => {
    const range = [page * PAGE_BYTES, (page + 1) * PAGE_BYTES] as const;
    return Buffer.compare(a.subarray(...range), b.subarray(...range)) !== 0;
  });

export const BASELINE = Uint8Array.of(1, 2, 3);

export class Pair {
  readonly primary = new TestHart();
  readonly standby = new TestHart();
  readonly producer: Producer;
  readonly applier: Applier;
  readonly #compressor: Compressor;
  #chunks: Chunk[] = [];
  #sections = 0;
  /** What the guest does between two steps of the copier. */
  meanwhile: () => void = () => undefined;

  constructor(compressor: Compressor, references = PAGES, chunkBytes = 1000) {
    this.#compressor = compressor;
    this.producer = new Producer({
      memory: this.primary.memory,
      ramBytes: RAM_BYTES,
      compressor,
      emit: (part, bytes) => this.#chunks.push({ part, bytes }),
      chunkBytes,
      references,
      staging: { keep: 1, most: 2, quietEpochs: 4 },
    });
    this.applier = this.newApplier();
  }

  newApplier(stagedBytes?: number): Applier {
    return new Applier({
      memory: this.standby.memory,
      ramBytes: RAM_BYTES,
      compressor: this.#compressor,
      baseline: BASELINE,
      ...(stagedBytes === undefined ? {} : { stagedBytes }),
    });
  }

  /** A store of the primary's guest, 8 bytes. */
  write(page: number, offset: number, value: bigint): void {
    this.primary.leaves.store_slow(ram(page * PAGE_BYTES + offset), BigInt.asIntN(64, value), 3);
  }

  /** The primary's guest writes a whole page. */
  fill(page: number, contents: (at: number) => number): void {
    this.primary.leaves.dma_written(Number(ram(page * PAGE_BYTES)), PAGE_BYTES);
    const bytes = ramOf(this.primary).subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
    for (let at = 0; at < PAGE_BYTES; at++) bytes[at] = contents(at);
  }

  dirty(): number[] {
    const map = this.primary.i32(DIRTY_CURRENT);
    return Array.from({ length: PAGES }, (_, page) => page).filter(
      (page) => this.primary.view.getUint8(map + page) !== 0,
    );
  }

  /** The pause. */
  capture(): Captured {
    this.producer.request();
    assert(this.primary.leaves.capture_begin() === 1, 'the last capture is still copied');
    this.#sections += 1;
    const bytes = new Uint8Array(100).fill(7);
    bytes[50] = this.#sections;
    return {
      instructions: BigInt(this.#sections) * 1000n,
      time: BigInt(this.#sections),
      sections: new Map([
        ['cpu', { version: 1, bytes }],
        ['devices', { version: 3, bytes: Uint8Array.of(this.#sections) }],
      ]),
    };
  }

  /** Captures, copies and encodes. */
  ship(epoch: number, base: number): Shipment {
    const captured = this.capture();
    const ram = ramOf(this.primary).slice();
    assert(this.producer.begin({ epoch, base, baseline: BASELINE, captured }), 'stale');
    return { ...this.finish(epoch), ram, captured };
  }

  /** Copies and encodes what `begin` began. */
  finish(epoch: number): { epoch: number; chunks: readonly Chunk[]; facts: CheckpointFacts } {
    for (;;) {
      const progress = this.producer.step(40);
      if (progress.kind === 'complete') {
        const chunks = this.#chunks;
        this.#chunks = [];
        return { epoch, chunks, facts: progress.facts };
      }
      this.meanwhile();
    }
  }

  dropChunks(): void {
    this.#chunks = [];
  }

  /** Gives the standby all of a checkpoint. */
  deliver(
    shipment: Pick<Shipment, 'epoch' | 'chunks'>,
    direct = false,
    applier = this.applier,
  ): Result<AppliedCheckpoint, CheckpointError> {
    for (const { part, bytes } of shipment.chunks) {
      const staged = applier.stage(shipment.epoch, part, bytes, direct);
      if (!staged.ok) {
        applier.discard([shipment.epoch]);
        return staged;
      }
    }
    return applier.apply(shipment.epoch);
  }

  /** One that must arrive. */
  run(epoch: number, base: number, direct = false): Shipment {
    const shipment = this.ship(epoch, base);
    const outcome = this.deliver(shipment, direct);
    assert(outcome.ok, outcome.ok ? '' : outcome.error.sentence);
    this.producer.commit(epoch);
    return shipment;
  }

  /** Pages in which the standby differs from what a shipment must have become. */
  wrong(shipment: Shipment): number[] {
    return differingPages(ramOf(this.standby), defined(shipment.ram, 'RAM'));
  }
}
