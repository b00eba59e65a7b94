/**
 * The primary's checkpoints without a link: captures by the clock, the real copier and codec beside the machine's
 * thread, and a standby that commits at once.
 */
import { defined } from '../src/base/assert.ts';
import type { Compressor } from '../src/checkpoint/compression.ts';
import { Producer, type CheckpointFacts } from '../src/checkpoint/producer.ts';
import type { NodeMachine } from '../src/host/node/node-machine.ts';
import type { CaptureReport } from '../src/host/shared/capture-report.ts';
import { COMMAND } from '../src/host/shared/control.ts';
import { CAPTURED_NOT } from '../src/vm/layout.ts';

/** As the replica's worker has it. */
const PAGES_A_STEP = 256;
/** Names what both sides began with. */
const BASELINE = Uint8Array.of(1);

/** One checkpoint, complete. */
export interface Shipment {
  readonly epoch: number;
  readonly facts: CheckpointFacts;
  /** Numbers of the pages that were captured; only of a guest that is held. */
  readonly pages: readonly number[];
  /** How long the guest stood still. */
  readonly pauseMs: number;
  /** From the capture to the last chunk. */
  readonly copyMs: number;
}

export interface ProtectorOptions {
  readonly machine: NodeMachine;
  readonly compressor: Compressor;
  /** From one capture to the next, while there is something to save; 0: as fast as they can be made. */
  readonly intervalMs: number;
  /** Called for each checkpoint but the first copy. */
  readonly onShipment: (shipment: Shipment) => void;
  /** The guest stands still until `onShipment` is done, so that epochs are as long as if that took no time. */
  readonly holds?: boolean;
}

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

export class Protector {
  readonly #options: ProtectorOptions;
  readonly #producer: Producer;
  #epoch = 0;
  #settle: ((report: CaptureReport) => void) | undefined;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: ProtectorOptions) {
    this.#options = options;
    const { machine, compressor } = options;
    this.#producer = new Producer({
      ...{ memory: machine.memory, ramBytes: machine.ramBytes, compressor },
      // Counted by the producer.
      emit: () => undefined,
    });
  }

  /** To be called with what the machine's thread reports. */
  readonly captured = (report: CaptureReport): void => {
    this.#settle?.(report);
  };

  /**
   * Makes the first copy, while the guest runs, and then checkpoints until `stop`.
   * @param hasBaseline false: the standby has nothing, not even the guest's snapshot
   */
  async start(hasBaseline = true): Promise<Shipment> {
    this.#producer.restart(hasBaseline);
    const first = await this.#checkpoint();
    this.#release();
    this.#running = this.#loop();
    return first;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #loop(): Promise<void> {
    const { intervalMs, onShipment } = this.#options;
    let next = performance.now();
    while (!this.#stopped) {
      next = Math.max(next + intervalMs, performance.now());
      await (intervalMs === 0 ? turn() : sleep(next - performance.now()));
      // Never when nothing has changed.
      if (this.#producer.area.countDirty() === 0) continue;
      onShipment(await this.#checkpoint());
      if (this.#release()) next = performance.now();
    }
  }

  /** The guest goes on, if it was held. */
  #release(): boolean {
    const { holds = false, machine } = this.#options;
    if (holds) machine.channel.control.clearCommand(COMMAND.pause);
    return holds;
  }

  #capturedPages(): number[] {
    const { area } = this.#producer;
    const map = area.bytes.subarray(area.capturedMap, area.capturedMap + area.pages);
    const pages: number[] = [];
    map.forEach((state, page) => {
      if (state !== CAPTURED_NOT) pages.push(page);
    });
    return pages;
  }

  async #checkpoint(): Promise<Shipment> {
    const { machine, holds = false } = this.#options;
    const base = this.#epoch;
    this.#epoch += 1;
    const epoch = this.#epoch;
    this.#producer.request();
    const { captured, pauseMs } = await new Promise<CaptureReport>((resolve) => {
      this.#settle = resolve;
      machine.channel.control.askCapture(epoch, holds);
    });
    const start = performance.now();
    const pages = holds ? this.#capturedPages() : [];
    const fresh = this.#producer.begin({ epoch, base, baseline: BASELINE, captured });
    defined(fresh || undefined, 'a capture that is not stale');
    for (;;) {
      const progress = this.#producer.step(PAGES_A_STEP);
      if (progress.kind === 'complete') {
        this.#producer.commit(epoch);
        const copyMs = performance.now() - start;
        return { epoch, facts: progress.facts, pages, pauseMs, copyMs };
      }
      await turn();
    }
  }
}
