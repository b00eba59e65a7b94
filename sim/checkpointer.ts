/** The real maker of checkpoints on a simulated machine's memory, a few pages at a time while the guest runs. */
import type { Compressor } from '../src/checkpoint/compression.ts';
import { CheckpointMaker, type MakerSizes } from '../src/host/shared/pair/checkpoint-maker.ts';
import type { StagedFacts } from '../src/replication/events.ts';
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
  readonly now: () => number;
  readonly later: (run: () => void) => void;
  readonly tell: (news: CheckpointNews) => void;
}

const SIZES: MakerSizes = {
  // Small, so that a checkpoint has several chunks, and takes several steps.
  chunkBytes: 700,
  pagesAStep: 4,
  // Fewer than there are pages: some fall out.
  references: 16,
  staging: { keep: 1, most: 2, quietEpochs: 4 },
};

export const makeCheckpointer = (
  { memory }: SimMemory,
  machine: SimMachine,
  compressor: Compressor,
  { now, later, tell }: CheckpointHooks,
): CheckpointMaker =>
  new CheckpointMaker({
    ...{ memory, ramBytes: RAM_BYTES, compressor, now, sizes: SIZES },
    ...{ soon: later, later },
    baseline: new Uint8Array(0),
    // What waits for a link waits in the simulated network.
    hasRoom: () => true,
    askMachine: (epoch, last) => {
      machine.capture(epoch, last);
    },
    chunk: (epoch, part, bytes) => {
      tell({ kind: 'chunk', epoch, part, bytes });
    },
    staged: (epoch, facts) => {
      tell({ kind: 'staged', epoch, facts });
    },
  });
