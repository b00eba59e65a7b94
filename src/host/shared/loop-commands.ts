/** What the host asks of a machine's loop between two slices, and how long the guest is held for it. */
import type { Captured } from '../../vm/machine/capture.ts';
import { encodeCaptureReport } from './capture-report.ts';
import { INPUT_LANES, type WorkerChannel } from './channel.ts';
import { BEAT_PERIOD_MS, COMMAND, holds, type ControlBlock } from './control.ts';
import { MAX_PAYLOAD_BYTES } from './ring.ts';

export interface CommandParts {
  readonly channel: WorkerChannel;
  readonly now: () => number;
  /** Undefined when it cannot be done just now. */
  readonly capture: () => Captured | undefined;
  /** Serves COMMAND.save. */
  readonly save: () => void;
  /** Serves COMMAND.keep. */
  readonly keep: () => void;
  /** Hands over what the guest has put out so far. */
  readonly flush: () => void;
  /** The same, and the counters. */
  readonly settle: () => void;
  /** Writes to the output ring, waiting for room; false when the machine is being stopped. */
  readonly insist: (write: () => boolean) => boolean;
  readonly setActivity: (activity: 'running' | 'paused') => void;
  /** The guest was paused by a person or for a takeover, and its clock with it. */
  readonly wasPaused: () => void;
}

export class LoopCommands {
  readonly #parts: CommandParts;
  readonly #control: ControlBlock;

  constructor(parts: CommandParts) {
    this.#parts = parts;
    this.#control = parts.channel.control;
  }

  /** Serves commands; a hold lasts until the host lifts it. */
  obey(): 'stop' | 'go' {
    const control = this.#control;
    let isHeld = false;
    for (;;) {
      const bell = control.workerBell;
      const { commands } = control;
      if ((commands & COMMAND.stop) !== 0) return 'stop';
      if (!this.#serve(commands)) continue;
      if (!holds(commands)) {
        if (isHeld) this.#parts.setActivity('running');
        return 'go';
      }
      this.#hold(bell, commands, isHeld);
      isHeld = true;
    }
  }

  /** The guest has halted: serves captures until the host says stop. */
  linger(): void {
    const control = this.#control;
    for (;;) {
      const bell = control.workerBell;
      const { commands } = control;
      if ((commands & COMMAND.stop) !== 0) return;
      if (!this.#serve(commands)) continue;
      control.beat();
      control.waitForWorkerBell(bell, BEAT_PERIOD_MS);
    }
  }

  /** False when there may be more to do at once. */
  #serve(commands: number): boolean {
    const control = this.#control;
    if ((commands & COMMAND.save) !== 0) {
      this.#parts.settle();
      this.#parts.save();
      control.clearCommand(COMMAND.save);
      return false;
    }
    if ((commands & COMMAND.keep) !== 0) {
      this.#parts.keep();
      control.clearCommand(COMMAND.keep);
      return false;
    }
    if ((commands & COMMAND.capture) === 0) return true;
    return !this.#capture((commands & COMMAND.last) !== 0);
  }

  #hold(bell: number, commands: number, wasHeld: boolean): void {
    const { settle, setActivity, wasPaused } = this.#parts;
    const control = this.#control;
    if (!wasHeld) settle();
    setActivity('paused');
    control.beat();
    control.waitForWorkerBell(bell, BEAT_PERIOD_MS);
    if ((commands & COMMAND.pause) !== 0) wasPaused();
  }

  /**
   * The pause: everything said so far goes into the ring, then the captured state behind it, so that the
   * reader knows what belongs to which epoch. False when the machine cannot be captured just now.
   */
  #capture(last: boolean): boolean {
    const { now, flush, capture, insist, channel } = this.#parts;
    const control = this.#control;
    const start = now();
    flush();
    const captured = capture();
    if (captured === undefined) return false;
    const taken = control.taken(INPUT_LANES.length);
    const epoch = control.captureEpoch;
    const report = encodeCaptureReport(epoch, captured, taken, () => now() - start);
    // In this order: nobody may see the capture done and the guest not held.
    if (last) control.setCommand(COMMAND.pause);
    control.clearCommand(COMMAND.capture | COMMAND.last);
    for (let at = 0; at < report.length; at += MAX_PAYLOAD_BYTES) {
      const part = report.subarray(at, at + MAX_PAYLOAD_BYTES);
      const more = at + MAX_PAYLOAD_BYTES < report.length;
      if (!insist(() => channel.sendCaptured(part, more))) break;
    }
    control.ringHost();
    return true;
  }
}
