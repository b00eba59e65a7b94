/** A checkpoint maker between a machine and a standby's applier, with everything turned by hand. For tests only. */
import { assert, defined } from '../../../../base/assert.ts';
import { Applier } from '../../../../checkpoint/applier.ts';
import type { Compressor } from '../../../../checkpoint/compression.ts';
import type { ChunkPart } from '../../../../checkpoint/producer.ts';
import type { StagedFacts } from '../../../../replication/events.ts';
import { CheckpointMaker } from '../checkpoint-maker.ts';
import { PAGE_BYTES, TestMemory } from './test-memory.ts';

export const BASELINE = Uint8Array.of(5, 6, 7);
const RAM_PAGES = 1024;

interface Chunk {
  readonly epoch: number;
  readonly part: ChunkPart;
  readonly bytes: Uint8Array;
}

export class MakerStage {
  readonly guest = new TestMemory(RAM_PAGES * PAGE_BYTES);
  readonly copy = new TestMemory(RAM_PAGES * PAGE_BYTES);
  readonly maker: CheckpointMaker;
  readonly applier: Applier;
  /** What the maker said, in order. */
  readonly story: string[] = [];
  readonly facts = new Map<number, StagedFacts>();
  chunks: Chunk[] = [];
  hasRoom = true;
  /** Called with each chunk, as the replica would be. */
  onChunk: (epoch: number) => void = () => undefined;
  /** RAM at the pauses. */
  readonly pauses = new Map<number, Uint8Array>();
  #tasks: (() => void)[] = [];
  #now = 0;

  constructor(compressor: Compressor) {
    const { memory, ramBytes } = this.guest;
    this.maker = new CheckpointMaker({
      ...{ memory, ramBytes, compressor, baseline: BASELINE },
      now: () => this.#now++,
      soon: (run) => {
        this.#tasks.push(run);
      },
      later: (run) => {
        this.#tasks.push(run);
      },
      hasRoom: () => this.hasRoom,
      askMachine: (epoch, last) => {
        this.story.push(`ask ${String(epoch)}${last ? ' last' : ''}`);
      },
      chunk: (epoch, part, bytes) => {
        if (this.story.at(-1) !== `${part} ${String(epoch)}`) {
          this.story.push(`${part} ${String(epoch)}`);
        }
        this.chunks.push({ epoch, part, bytes });
        this.onChunk(epoch);
      },
      staged: (epoch, facts) => {
        this.story.push(`staged ${String(epoch)}`);
        this.facts.set(epoch, facts);
      },
    });
    this.applier = new Applier({
      ...{ memory: this.copy.memory, ramBytes, compressor, baseline: BASELINE },
    });
  }

  /** Tasks that wait for their turn. */
  get waiting(): number {
    return this.#tasks.length;
  }

  /** Gives at most so many tasks their turn. */
  turn(most = Infinity): void {
    for (let count = 0; count < most; count++) {
      const task = this.#tasks.shift();
      if (task === undefined) return;
      task();
    }
  }

  ask(epoch: number, scope: 'first' | 'dirty' = 'dirty', baseline = BASELINE): void {
    this.maker.capture({ kind: 'capture', epoch, scope, baseline, last: false });
  }

  /** The machine makes the capture it was asked for. */
  pause(epoch: number): void {
    this.guest.capture();
    this.pauses.set(epoch, this.guest.ram.slice());
    const bytes = Uint8Array.of(epoch);
    const sections = new Map([['cpu', { version: 1, bytes }]]);
    const [instructions, time] = [BigInt(epoch) * 1000n, BigInt(epoch)];
    this.maker.captured(epoch, { sections, instructions, time });
  }

  begin(epoch: number, base: number, baseline = BASELINE): void {
    this.maker.copy({ kind: 'copy', epoch, base, baseline });
  }

  /** From the question to the last chunk. */
  ship(epoch: number, base: number): void {
    this.ask(epoch, base === 0 ? 'first' : 'dirty');
    this.pause(epoch);
    this.begin(epoch, base);
    this.turn();
  }

  /** The standby applies what has come; the pages in which it then differs from the pause. */
  apply(epoch: number, direct = false): number[] {
    for (const chunk of this.chunks.filter((one) => one.epoch === epoch)) {
      this.applier.stage(epoch, chunk.part, chunk.bytes, direct);
    }
    this.chunks = [];
    const applied = this.applier.apply(epoch);
    assert(applied.ok, applied.ok ? '' : applied.error.sentence);
    return this.copy.differsFrom(defined(this.pauses.get(epoch), 'a pause'));
  }
}
