/** What the machine's thread is doing now. */
export type Activity =
  /** No loop yet: files are being read. */
  | 'starting'
  | 'running'
  /** WFI: asleep until a timer or an input. */
  | 'idle'
  | 'paused'
  /** Waits for a reader of its output. */
  | 'blocked'
  | 'stopped';

/** Figures of one machine since its loop started, as the UI polls them. */
export interface MachineCounters {
  readonly activity: Activity;
  /** Instructions since reset (including those before the snapshot). */
  readonly instructions: bigint;
  /** Instructions per host second while the guest was not idle, in millions, over the last half second. */
  readonly mips: number;
  /** Part of the last half second in which the guest ran, 0 to 1. */
  readonly load: number;
  /** Synchronous traps since reset. */
  readonly exceptions: bigint;
  /** Interrupts taken since reset. */
  readonly interrupts: bigint;
  /** Guest time since reset, in seconds. */
  readonly guestSeconds: number;
  /** Host milliseconds spent running instructions, and asleep. */
  readonly busyMs: number;
  readonly idleMs: number;
  /** Bytes of guest RAM. */
  readonly ramBytes: number;
}
