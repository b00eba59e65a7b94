/**
 * The block of shared memory by which a machine's thread and its host talk without messages: bells,
 * commands, what the thread is doing, and figures for the UI (R12). Both sides only ever use Atomics.
 */
import type { Activity } from './counters.ts';

/** Bytes of the block. */
export const CONTROL_BYTES = 256;

/** Int32 cells. */
export const CELL = {
  /** Counts reasons for the machine's thread to look up: input, a command, room in its output ring. */
  workerBell: 0,
  /** Counts reasons for the host to look up: output, room in the input ring, a new activity. */
  hostBell: 1,
  /** Bits of COMMAND. */
  command: 2,
  activity: 3,
  /** 1 while the host has input that did not fit into the ring. */
  hostWaits: 4,
  /** The epoch that a capture is asked for. */
  captureEpoch: 5,
  /** Counts signs of life of the machine's thread, at least one every BEAT_PERIOD_MS. */
  beats: 6,
  /** 1 while the host wants its bell rung when the guest next executes something. */
  wantsChange: 7,
  /** From here on, one for each of INPUT_LANES: items given to the machine. */
  taken: 8,
} as const;

/** Signs of life of a guest that sleeps or is held. */
export const BEAT_PERIOD_MS = 50;

/** BigInt64 cells, behind the Int32 ones. */
const COUNTERS_AT = 128;
export const COUNTER = {
  instructions: 0,
  exceptions: 1,
  interrupts: 2,
  /** 100 ns. */
  guestTicks: 3,
  busyMicroseconds: 4,
  idleMicroseconds: 5,
  ramBytes: 6,
} as const;
const COUNTERS = 7;

/** What the host asks of the thread; bits, because a stop may overtake a pause. */
export const COMMAND = {
  stop: 1,
  pause: 2,
  save: 4,
  /** Capture the machine for epoch `captureEpoch`; cleared when it is done. */
  capture: 8,
  /** With `capture`: the machine is paused in the same moment. */
  last: 16,
  /** Held because output, or checkpoints, have nowhere to go. */
  holdForGate: 32,
  holdForStaging: 64,
  /** What a speculation has done is not to be taken back any more; cleared when that is so. */
  keep: 128,
} as const;

const HOLDS = COMMAND.pause | COMMAND.holdForGate | COMMAND.holdForStaging;
/** True when the guest may not run. */
export const holds = (commands: number): boolean => (commands & HOLDS) !== 0;

const ACTIVITIES: readonly Activity[] = [
  'starting',
  'running',
  'idle',
  'paused',
  'blocked',
  'stopped',
];

export class ControlBlock {
  readonly cells: Int32Array;
  readonly #counters: BigInt64Array;

  constructor(buffer: SharedArrayBuffer, offset: number) {
    this.cells = new Int32Array(buffer, offset, COUNTERS_AT / 4);
    this.#counters = new BigInt64Array(buffer, offset + COUNTERS_AT, COUNTERS);
  }

  get activity(): Activity {
    return ACTIVITIES[Atomics.load(this.cells, CELL.activity)] ?? 'stopped';
  }

  set activity(activity: Activity) {
    Atomics.store(this.cells, CELL.activity, ACTIVITIES.indexOf(activity));
  }

  /** Bits of COMMAND that are set. */
  get commands(): number {
    return Atomics.load(this.cells, CELL.command);
  }

  setCommand(bit: number): void {
    Atomics.or(this.cells, CELL.command, bit);
    this.ringWorker();
  }

  clearCommand(bit: number): void {
    Atomics.and(this.cells, CELL.command, ~bit);
    this.ringWorker();
  }

  counter(cell: number): bigint {
    return Atomics.load(this.#counters, cell);
  }

  setCounter(cell: number, value: bigint): void {
    Atomics.store(this.#counters, cell, value);
  }

  ringWorker(): void {
    Atomics.add(this.cells, CELL.workerBell, 1);
    Atomics.notify(this.cells, CELL.workerBell);
  }

  ringHost(): void {
    Atomics.add(this.cells, CELL.hostBell, 1);
    Atomics.notify(this.cells, CELL.hostBell);
  }

  /** The count to hand to {@link waitForWorkerBell}; read it before looking for work, so that no ring is missed. */
  get workerBell(): number {
    return Atomics.load(this.cells, CELL.workerBell);
  }

  get hostBell(): number {
    return Atomics.load(this.cells, CELL.hostBell);
  }

  /** A sign of life. */
  beat(): void {
    Atomics.add(this.cells, CELL.beats, 1);
  }

  get beats(): number {
    return Atomics.load(this.cells, CELL.beats);
  }

  /** Has the machine's thread capture; one at a time. `last`: and hold the guest from there on. */
  askCapture(epoch: number, last: boolean): void {
    Atomics.store(this.cells, CELL.captureEpoch, epoch);
    this.setCommand(COMMAND.capture | (last ? COMMAND.last : 0));
  }

  get captureEpoch(): number {
    return Atomics.load(this.cells, CELL.captureEpoch);
  }

  /** Has the host's bell rung when the guest next executes something. */
  askForChange(): void {
    Atomics.store(this.cells, CELL.wantsChange, 1);
  }

  /** True once for each {@link askForChange}. */
  takeChangeWish(): boolean {
    return (
      Atomics.load(this.cells, CELL.wantsChange) === 1 &&
      Atomics.exchange(this.cells, CELL.wantsChange, 0) === 1
    );
  }

  /** True while nobody has answered {@link askForChange}. */
  get waitsForChange(): boolean {
    return Atomics.load(this.cells, CELL.wantsChange) === 1;
  }

  countTaken(lane: number): void {
    Atomics.add(this.cells, CELL.taken + lane, 1);
  }

  /** Items given to the machine so far, of each of `lanes` lanes. */
  taken(lanes: number): number[] {
    return Array.from({ length: lanes }, (_, lane) => Atomics.load(this.cells, CELL.taken + lane));
  }

  /** Sleeps until the bell has rung since `seen` was read, or for `milliseconds`. Worker threads only. */
  waitForWorkerBell(seen: number, milliseconds: number): void {
    Atomics.wait(this.cells, CELL.workerBell, seen, milliseconds);
  }
}
