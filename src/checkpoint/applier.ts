/**
 * The standby's side: collects a checkpoint, verifies it, and applies all of it or none (R4). It lives in
 * the replica's worker on the memory of a machine that does not run.
 *
 * A first copy is applied directly, batch by batch, because the standby has no good state yet that could
 * be harmed; RAM is then useless until all of it has come. Every later checkpoint stays in staging
 * until its description is here, every length and hash is right, and the pages would become what the
 * primary says. Nothing that can fail is left when RAM is first written to.
 */
import { joinBytes, sameBytes } from '../base/bytes.ts';
import { assert } from '../base/assert.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { MachineState } from '../vm/machine/state.ts';
import {
  checkpointError,
  decodeFrame,
  parseBatch,
  type Batch,
  type CheckpointError,
} from './batch-format.ts';
import { CaptureArea } from './capture-area.ts';
import type { Compressor } from './compression.ts';
import { ContentHash } from './content-hash.ts';
import {
  decodeManifest,
  decodeSections,
  MAX_SECTIONS_BYTES,
  PREAMBLE_BYTES,
  type Manifest,
} from './format.ts';
import { FrameReader } from './frame-reader.ts';
import { PageApplier } from './page-applier.ts';
import type { ChunkPart } from './producer.ts';

export interface ApplierOptions {
  readonly memory: WebAssembly.Memory;
  readonly ramBytes: number;
  readonly compressor: Compressor;
  /** Names what RAM holds now; empty: zeros. */
  readonly baseline: Uint8Array;
  /** Bytes of checkpoints that may be staged at a time; by default RAM's size and a bit. */
  readonly stagedBytes?: number;
}

/** A checkpoint that was applied: what `Machine.restore` needs besides RAM. */
export interface AppliedCheckpoint {
  readonly epoch: number;
  readonly instructions: bigint;
  /** Ticks of 100 ns. */
  readonly time: bigint;
  readonly sections: MachineState;
  readonly pages: number;
}

/** Unpacked batches are longer than the pages they hold by their masks and lists at most. */
const STAGING_SLACK_BYTES = 64 << 20;
/** More than the window of epochs in flight ever is (R7). */
const MAX_EPOCHS = 16;
const MAX_MANIFEST_BYTES = PREAMBLE_BYTES + MAX_SECTIONS_BYTES + 8192;

/** One checkpoint that is being collected. */
interface Stage {
  readonly direct: boolean;
  readonly reader: FrameReader;
  readonly batches: Batch[];
  /** Of batches applied already: their contents, as they became. */
  readonly content: ContentHash;
  readonly manifest: Uint8Array[];
  /** Marks this checkpoint's pages, so that one that comes twice is noticed. */
  readonly stamp: number;
  manifestBytes: number;
  batchBytes: number;
  frames: number;
  error: CheckpointError | undefined;
}

export class Applier {
  readonly #options: ApplierOptions;
  readonly #area: CaptureArea;
  readonly #pages: PageApplier;
  readonly #stages = new Map<number, Stage>();
  readonly #stamps: Int32Array;
  readonly #mostBytes: number;
  #lastStamp = 0;
  #stagedBytes = 0;
  #applied: AppliedCheckpoint | undefined;
  #appliedSections: Uint8Array = new Uint8Array(0);

  constructor(options: ApplierOptions) {
    this.#options = options;
    this.#area = new CaptureArea(options.memory, options.ramBytes);
    this.#pages = new PageApplier(options.memory, this.#area);
    this.#stamps = new Int32Array(this.#area.pages);
    this.#mostBytes = options.stagedBytes ?? options.ramBytes + STAGING_SLACK_BYTES;
  }

  /** The last good state, which RAM holds; undefined before the first copy is whole. */
  get applied(): AppliedCheckpoint | undefined {
    return this.#applied;
  }

  /** Bytes of checkpoints that are being collected. */
  get stagedBytes(): number {
    return this.#stagedBytes;
  }

  /**
   * Takes a part of a checkpoint; parts of one kind come in order. An error is final for that epoch. The bytes
   * may be reused afterwards.
   * @param direct a first copy: its pages go straight into RAM, and the last good state is gone
   */
  stage(
    epoch: number,
    part: ChunkPart,
    bytes: Uint8Array,
    direct: boolean,
  ): Result<undefined, CheckpointError> {
    const stage = this.#stages.get(epoch) ?? this.#open(epoch, direct);
    assert(stage.direct === direct, 'a checkpoint is a first copy or it is not');
    if (stage.error) return err(stage.error);
    const taken =
      part === 'pages'
        ? stage.reader.push(bytes, (frame) => this.#takeFrame(stage, frame))
        : this.#takeManifest(stage, bytes);
    if (!taken.ok) this.#spoil(stage, taken.error);
    return taken;
  }

  #open(epoch: number, direct: boolean): Stage {
    if (direct) {
      // Whatever it was, RAM is about to become something else.
      this.#applied = undefined;
      this.#appliedSections = new Uint8Array(0);
    }
    this.#lastStamp += 1;
    const stage: Stage = {
      direct,
      reader: new FrameReader(),
      batches: [],
      content: new ContentHash(),
      manifest: [],
      stamp: this.#lastStamp,
      manifestBytes: 0,
      batchBytes: 0,
      frames: 0,
      error: undefined,
    };
    this.#stages.set(epoch, stage);
    if (this.#stages.size > MAX_EPOCHS) {
      this.#spoil(
        stage,
        checkpointError('no-room', 'Too many checkpoints are on their way at once.'),
      );
    }
    return stage;
  }

  #takeFrame(stage: Stage, frame: Uint8Array): Result<undefined, CheckpointError> {
    const unpacked = decodeFrame(frame, this.#options.compressor);
    if (!unpacked.ok) return unpacked;
    const batch = parseBatch(unpacked.value, this.#area.pages);
    if (!batch.ok) return batch;
    stage.frames += 1;
    if (stage.direct) return this.#applyDirectly(stage, batch.value);
    if (this.#stagedBytes + batch.value.bytes > this.#mostBytes) {
      return err(checkpointError('no-room', 'A checkpoint is larger than there is room for here.'));
    }
    stage.batches.push(batch.value);
    stage.batchBytes += batch.value.bytes;
    this.#stagedBytes += batch.value.bytes;
    return ok(undefined);
  }

  #applyDirectly(stage: Stage, batch: Batch): Result<undefined, CheckpointError> {
    if (!this.#stamp(stage, batch)) return twice();
    this.#pages.hash(batch, stage.content);
    this.#pages.apply(batch);
    return ok(undefined);
  }

  /** Marks the pages of a batch; false when one was there already. */
  #stamp(stage: Stage, batch: Batch): boolean {
    for (const page of batch.pages) {
      if (this.#stamps[page] === stage.stamp) return false;
      this.#stamps[page] = stage.stamp;
    }
    return true;
  }

  #takeManifest(stage: Stage, bytes: Uint8Array): Result<undefined, CheckpointError> {
    stage.manifestBytes += bytes.length;
    if (stage.manifestBytes > MAX_MANIFEST_BYTES) {
      return err(checkpointError('too-large', 'The description of a checkpoint is too long.'));
    }
    stage.manifest.push(bytes.slice());
    return ok(undefined);
  }

  /** The checkpoint cannot be applied any more; its memory is free. */
  #spoil(stage: Stage, error: CheckpointError): void {
    stage.error = error;
    this.#free(stage);
  }

  #free(stage: Stage): void {
    this.#stagedBytes -= stage.batchBytes;
    stage.batchBytes = 0;
    stage.batches.length = 0;
    stage.manifest.length = 0;
  }

  /** Forgets what has come of these epochs. */
  discard(epochs: Iterable<number>): void {
    for (const epoch of epochs) {
      const stage = this.#stages.get(epoch);
      if (!stage) continue;
      this.#free(stage);
      this.#stages.delete(epoch);
    }
  }

  /**
   * All parts have come: applies the checkpoint and makes it the last good state, or does nothing at all.
   * Either way its staging is free afterwards.
   */
  apply(epoch: number): Result<AppliedCheckpoint, CheckpointError> {
    const stage = this.#stages.get(epoch);
    if (!stage) {
      return err(checkpointError('out-of-order', `Nothing of epoch ${epoch} has arrived.`));
    }
    const outcome = this.#applyStage(epoch, stage);
    this.discard([epoch]);
    return outcome;
  }

  #applyStage(epoch: number, stage: Stage): Result<AppliedCheckpoint, CheckpointError> {
    if (stage.error) return err(stage.error);
    if (!stage.reader.isBetweenFrames) return damaged('it ends in the middle of a page');
    const manifest = decodeManifest(
      joinBytes(stage.manifest),
      (base) => (base === this.#applied?.epoch ? this.#appliedSections : undefined),
      this.#options.compressor,
    );
    if (!manifest.ok) return manifest;
    const fits = this.#check(epoch, stage, manifest.value);
    if (!fits.ok) return fits;
    const sections = decodeSections(manifest.value.sections);
    if (!sections.ok) return sections;
    for (const batch of stage.batches) {
      if (!this.#stamp(stage, batch)) return twice();
      this.#pages.hash(batch, stage.content);
    }
    const { pages, contentHash, instructions, time } = manifest.value;
    if (stage.content.pages !== pages) return damaged('some of its pages are missing');
    if (!sameBytes(stage.content.finish(), contentHash)) {
      return damaged('its pages would not become what they were');
    }
    for (const batch of stage.batches) this.#pages.apply(batch);
    this.#appliedSections = manifest.value.sections;
    this.#applied = { epoch, instructions, time, sections: sections.value, pages };
    return ok(this.#applied);
  }

  /** Whether this checkpoint is meant for this RAM as it is now. */
  #check(epoch: number, stage: Stage, manifest: Manifest): Result<undefined, CheckpointError> {
    const { ramBytes, baseline } = this.#options;
    const here = this.#applied?.epoch ?? 0;
    if (manifest.epoch !== epoch || manifest.base !== here) {
      return err(
        checkpointError(
          'out-of-order',
          `The checkpoint leads from epoch ${manifest.base} to ${manifest.epoch}; here is epoch ${here}.`,
        ),
      );
    }
    if (manifest.ramBytes !== ramBytes) {
      return err(
        checkpointError('does-not-fit', 'The checkpoint is of a machine of another size.'),
      );
    }
    if (!sameBytes(manifest.baseline, baseline) && here === 0) {
      return err(
        checkpointError(
          'does-not-fit',
          'The checkpoint is a difference to a state that is not here.',
        ),
      );
    }
    return manifest.frames === stage.frames
      ? ok(undefined)
      : damaged('some of its pages are missing');
  }
}

const damaged = (what: string): Result<never, CheckpointError> =>
  err(checkpointError('damaged', `A checkpoint arrived damaged: ${what}.`));

const twice = (): Result<never, CheckpointError> => damaged('it has a page twice');
