/**
 * The primary's side: from a capture to the chunks that are sent. It lives in the replica's worker on the
 * machine's memory, and does a bounded piece of work at a time.
 *
 * ```
 * request → capture → begin → step, step, … (chunks of pages come out) → complete (chunks of the description come out)
 *                                                                      → commit(epoch): what was dirty may be forgotten
 *                                                                      → fail(epoch): it is dirty again
 * ```
 */
import { assert, defined } from '../base/assert.ts';
import type { Captured } from '../vm/machine/capture.ts';
import { CaptureArea } from './capture-area.ts';
import { ChunkWriter } from './chunk-writer.ts';
import type { Compressor } from './compression.ts';
import { ContentHash } from './content-hash.ts';
import { Copier, type CopyCount } from './copier.ts';
import { encodeManifest, encodeSections } from './format.ts';
import { noPages, PageEncoder, rawBytes, type PageCounts } from './page-encoder.ts';
import { ReferenceCache } from './reference-cache.ts';
import { Staging, type Slab, type StagingLimits } from './staging.ts';

/** What messages of the protocol carry at most. */
export const CHUNK_BYTES = 65_536;

export type ChunkPart = 'pages' | 'sections';

export interface ProducerOptions {
  readonly memory: WebAssembly.Memory;
  readonly ramBytes: number;
  readonly compressor: Compressor;
  readonly emit: (part: ChunkPart, bytes: Uint8Array<ArrayBuffer>) => void;
  readonly chunkBytes?: number;
  readonly staging?: StagingLimits;
  /** Copies of pages to keep for deltas. */
  readonly references?: number;
}

/** What one checkpoint is about. */
export interface CheckpointIdentity {
  /** At least 1, more than all before it. */
  readonly epoch: number;
  /** The epoch that the standby will have when it applies this one; 0: RAM as the baseline has it. */
  readonly base: number;
  /** Names what the standby's RAM held at epoch 0; empty: zeros. */
  readonly baseline: Uint8Array;
  readonly captured: Captured;
}

/** What a complete checkpoint came to. */
export interface CheckpointFacts {
  readonly epoch: number;
  readonly counts: Readonly<PageCounts>;
  /** Of all captured pages. */
  readonly rawBytes: number;
  /** Of all chunks. */
  readonly wireBytes: number;
  readonly copy: CopyCount;
}

export type Progress =
  | { readonly kind: 'complete'; readonly facts: CheckpointFacts }
  /**
   * There is more to do. `copied`: all pages are out of RAM, and the guest no longer pays for any. `waits`: nothing can
   * be done before pages may be encoded again.
   */
  | { readonly kind: 'more'; readonly copied: boolean; readonly waits: boolean };

/** Everything about the checkpoint under way. */
interface Work {
  readonly identity: CheckpointIdentity;
  readonly counts: PageCounts;
  readonly content: ContentHash;
  /** Every page captured, for the case that it fails. */
  readonly pages: number[];
  frames: number;
  wireBytes: number;
  copy: CopyCount | undefined;
}

/** What is remembered of a checkpoint that was sent and is not committed. */
interface Sent {
  readonly epoch: number;
  readonly pages: Int32Array;
}

export class Producer {
  readonly area: CaptureArea;
  readonly staging: Staging;
  readonly #options: ProducerOptions;
  readonly #copier: Copier;
  readonly #cache: ReferenceCache;
  readonly #encoder: PageEncoder;
  readonly #pages: ChunkWriter;
  readonly #sections: ChunkWriter;
  #work: Work | undefined;
  /** A capture was asked for; `stale` when what it is a difference to failed meanwhile. */
  #requested: 'no' | 'yes' | 'stale' = 'no';
  #sent: Sent[] = [];
  /** The sections sent last, and their epoch. */
  #lastSections: { readonly epoch: number; readonly bytes: Uint8Array } | undefined;

  constructor(options: ProducerOptions) {
    const { memory, ramBytes, compressor, chunkBytes = CHUNK_BYTES } = options;
    this.#options = options;
    this.area = new CaptureArea(memory, ramBytes);
    this.staging = new Staging(options.staging);
    this.#copier = new Copier(this.area);
    this.#cache = new ReferenceCache(this.area.pages, options.references);
    this.#encoder = new PageEncoder(this.#cache, compressor);
    const writer = (part: ChunkPart): ChunkWriter =>
      new ChunkWriter(chunkBytes, (bytes) => {
        if (this.#work) this.#work.wireBytes += bytes.length;
        options.emit(part, bytes);
      });
    this.#pages = writer('pages');
    this.#sections = writer('sections');
  }

  /** True while captured pages are being copied: no capture can begin. */
  get copying(): boolean {
    return this.#copier.copying;
  }

  /** True from `begin` until the checkpoint is complete or given up. */
  get working(): boolean {
    return this.#work !== undefined;
  }

  /** Pages of the checkpoint under way that are encoded. */
  get encodedPages(): number {
    return this.#work?.pages.length ?? 0;
  }

  /** Bytes of the copies kept for deltas. */
  get referenceBytes(): number {
    return this.#cache.bytes;
  }

  /**
   * Before the first capture for a new standby, which has nothing but the baseline: all pages that differ
   * from it become dirty, so the next checkpoint has them.
   * @param hasBaseline false when the standby's RAM does not hold what ours began with
   */
  restart(hasBaseline: boolean): void {
    assert(!this.working && this.#requested === 'no', 'a checkpoint is under way');
    this.#cache.clear();
    this.#sent = [];
    this.#lastSections = undefined;
    if (hasBaseline) this.area.markWrittenDirty();
    else this.area.markAllDirty();
  }

  /** The machine is being asked for a capture, and `begin` follows. */
  request(): void {
    assert(!this.working && this.#requested === 'no', 'a checkpoint is under way');
    this.#requested = 'yes';
  }

  /** The machine did not make the capture that it was asked for. */
  cancelRequest(): void {
    this.#requested = 'no';
  }

  /**
   * The machine has made a capture. False when epochs failed since it was asked for: their pages are not in this
   * capture, so it is given up, its pages are dirty again, and another capture must be made.
   */
  begin(identity: CheckpointIdentity): boolean {
    assert(this.#requested !== 'no', 'nobody asked for a capture');
    assert(identity.epoch > identity.base, 'a checkpoint of the past');
    this.#copier.begin();
    const isStale = this.#requested === 'stale';
    this.#requested = 'no';
    if (isStale) {
      this.#copier.abandon();
      return false;
    }
    this.#work = {
      identity,
      counts: noPages(),
      content: new ContentHash(),
      pages: [],
      frames: 0,
      wireBytes: 0,
      copy: undefined,
    };
    return true;
  }

  /**
   * Does a piece of the work: copies at most `maxPages` pages, encodes at most one slab (256 pages, a few
   * milliseconds). Copying comes first, as the guest may have to wait for it.
   * @param mayEncode false while the link is busy: pages are copied as far as staging has room, and nothing comes out
   */
  step(maxPages: number, mayEncode = true): Progress {
    const work = defined(this.#work, 'a checkpoint to work at');
    if (this.copying) {
      const progress = this.#copier.step(maxPages, this.staging);
      if (progress.kind === 'complete') work.copy = progress.count;
      const isStuck = progress.kind === 'no-room';
      // While pages are still coming, only full slabs: they make better batches.
      if (mayEncode) this.#encodeSlab(work, isStuck);
      if (progress.kind !== 'complete') {
        return { kind: 'more', copied: false, waits: isStuck && !mayEncode };
      }
    } else if (mayEncode) {
      this.#encodeSlab(work, true);
    }
    if (this.staging.used > 0 || !mayEncode)
      return { kind: 'more', copied: true, waits: !mayEncode };
    return { kind: 'complete', facts: this.#complete(work) };
  }

  #encodeSlab(work: Work, partly: boolean): void {
    const slab = this.staging.take(partly);
    if (slab) this.#encode(work, slab);
  }

  #encode(work: Work, slab: Slab): void {
    for (let place = 0; place < slab.count; place++) work.pages.push(slab.pages[place] as number);
    const { epoch } = work.identity;
    const frame = this.#encoder.encode(slab, epoch, work.counts, work.content);
    this.staging.release(slab);
    if (!frame) return;
    work.frames += 1;
    this.#pages.push(frame);
  }

  #complete(work: Work): CheckpointFacts {
    const { epoch, base, baseline, captured } = work.identity;
    this.#pages.flush();
    const sections = encodeSections(captured.sections);
    const last = this.#lastSections;
    const manifest = encodeManifest(
      {
        epoch,
        base,
        instructions: captured.instructions,
        time: captured.time,
        ramBytes: this.#options.ramBytes,
        baseline,
        frames: work.frames,
        pages: work.content.pages,
        contentHash: work.content.finish(),
        sections,
      },
      last?.epoch === base ? last.bytes : undefined,
      this.#options.compressor,
    );
    this.#sections.push(manifest);
    this.#sections.flush();
    this.#lastSections = { epoch, bytes: sections };
    this.#sent.push({ epoch, pages: Int32Array.from(work.pages) });
    this.#work = undefined;
    this.staging.endEpoch();
    return {
      epoch,
      counts: work.counts,
      rawBytes: rawBytes(work.counts),
      wireBytes: work.wireBytes,
      copy: defined(work.copy, 'the end of the copy'),
    };
  }

  /** The standby holds this epoch, and with it all before. */
  commit(epoch: number): void {
    this.#sent = this.#sent.filter((sent) => sent.epoch > epoch);
  }

  /**
   * This epoch and all later ones will not be committed: their pages are dirty again. A checkpoint under
   * way is given up too, and a capture that was asked for will be.
   */
  fail(epoch: number): void {
    if (this.#requested === 'yes') this.#requested = 'stale';
    this.#giveUp();
    for (const sent of this.#sent) {
      if (sent.epoch >= epoch) this.area.markDirty(sent.pages);
    }
    this.#sent = this.#sent.filter((sent) => sent.epoch < epoch);
    this.#cache.forgetFrom(epoch);
    if (this.#lastSections && this.#lastSections.epoch >= epoch) this.#lastSections = undefined;
  }

  #giveUp(): void {
    const work = this.#work;
    if (!work) return;
    // Captured pages that were copied already are dirty again by their numbers, the others by the map.
    const staged: number[] = [...work.pages];
    for (let slab = this.staging.take(true); slab; slab = this.staging.take(true)) {
      staged.push(...slab.pages.subarray(0, slab.count));
      this.staging.release(slab);
    }
    if (this.copying) this.#copier.abandon();
    else this.area.markDirty(staged);
    this.#pages.discard();
    this.#sections.discard();
    this.#cache.forgetFrom(work.identity.epoch);
    this.#work = undefined;
  }
}
