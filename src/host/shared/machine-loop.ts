/**
 * The run loop, the same in a Web Worker and in a Node worker thread. It never yields to the event
 * loop (R12): inputs, commands and bells reach it through shared memory, and an idle guest sleeps in Atomics.wait.
 */
import type { Captured } from '../../vm/machine/capture.ts';
import type { Traps } from '../../vm/machine/machine.ts';
import type { Halt, MachineInput, MachineOutput, RunResult } from '../../vm/machine/inputs.ts';
import { encodeBase64, encodeRequest, RESUME_ID } from './agent-protocol.ts';
import { INPUT_LANES, laneOf, type HostInput, type WorkerChannel } from './channel.ts';
import type { HostClock } from './clock.ts';
import { BEAT_PERIOD_MS, COMMAND, COUNTER } from './control.ts';
import type { Activity } from './counters.ts';
import { InputFeeder } from './input-feeder.ts';
import { LoopCommands } from './loop-commands.ts';
import type { LoopEnd } from './loop-end.ts';
import { OutputCollector } from './output-collector.ts';
import { PanicWatch } from './panic-watch.ts';
import { SlicePlanner } from './slice-planner.ts';

/** What the loop needs of a machine. */
export interface LoopMachine {
  run(maxInstructions: number): RunResult;
  input(input: MachineInput): void;
  /** `room`: bytes that a console can take now without dropping any. */
  readonly devices: { room(device: string): number };
  /** Guest time in ticks of 100 ns. */
  readonly time: bigint;
  readonly instructions: bigint;
  readonly traps: Traps;
  /** Undefined when the copy of the last capture is still under way. */
  capture(): Captured | undefined;
}

/** Where the guest's state comes from. */
export type Origin = 'boot' | 'snapshot' | 'takeover';

export interface LoopOptions {
  readonly machine: LoopMachine;
  readonly channel: WorkerChannel;
  readonly clock: HostClock;
  /** Random bytes from the host's own source. */
  readonly random: (count: number) => Uint8Array;
  readonly ramBytes: number;
  /**
   * A guest that does not boot has an agent already: it must set the clock, and stir the random state after a
   * snapshot, because others may resume the same one.
   */
  readonly origin: Origin;
  /** Serves COMMAND.save: the machine is at rest between two instructions. */
  readonly save: () => void;
  /** Serves COMMAND.keep; only a speculation is told to. */
  readonly keep?: () => void;
  /** After its halt the machine can still be captured, until the host says stop. */
  readonly lingers: boolean;
}

/** Ticks of 100 ns in a millisecond. */
const TICKS_PER_MS = 10_000;
/** An unheard bell costs at most this long. */
const LONGEST_SLEEP_MS = 1_000;
/** Shorter waits are spun through: a sleep of 0.1 ms takes 0.165. */
const SHORTEST_SLEEP_MS = 0.05;
/** While the guest is busy its output leaves this often: often enough to look alive, seldom enough to be cheap. */
const FLUSH_INTERVAL_MS = 4;
const COUNTER_INTERVAL_MS = 50;
/**
 * A gap between two looks at the clock that no slice and no sleep explains: the thread (or the
 * whole computer) was suspended. Guest time then stands still, or its watchdogs would bite.
 */
const SUSPENSION_MS = 3_000;
/** A wall clock that moved by more than this against the monotonic one is told to the guest (R10). */
const WALL_DRIFT_MS = 400;
const WALL_CHECK_INTERVAL_MS = 5_000;
/** After a takeover what people wait for comes first; the guest's wall clock has 500 ms to be right (R10). */
const AGENT_DELAY_MS = 150;
/** After its panic a kernel still prints its call trace. */
const PANIC_GRACE_MS = 300;
const ENTROPY_BYTES = 64;
/** More than any request of an entropy device (R7). */
const MAX_ENTROPY_REQUEST = 4_096;
const NS_PER_MS = 1_000_000n;
const NS_PER_TICK = 100n;

const toNs = (milliseconds: number): bigint => BigInt(Math.round(milliseconds)) * NS_PER_MS;

export class MachineLoop {
  readonly #options: LoopOptions;
  readonly #machine: LoopMachine;
  readonly #channel: WorkerChannel;
  readonly #feeder: InputFeeder;
  readonly #output: OutputCollector;
  readonly #commands: LoopCommands;
  readonly #panic = new PanicWatch();
  readonly #planner = new SlicePlanner();
  readonly #entropyWanted: { device: string; bytes: number }[] = [];
  /** Host time at which the guest's clock would have been 0. */
  #zeroMs = 0;
  #lastNow = 0;
  #lastFlush = 0;
  #lastCount = 0;
  #lastWallCheck = 0;
  /** Wall clock (ms since the epoch) at guest tick 0, as the guest was told. */
  #originMs = 0;
  #busyMs = 0;
  #blockedMs = 0;
  #idleMs = 0;
  #panicAt: number | undefined;
  /** Undefined unless the agent is to be told in a moment. */
  #agentDueAt: number | undefined;
  /** False until the agent has spoken: what it is told before that would be stale when it reads it. */
  #agentLives: boolean;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#machine = options.machine;
    this.#channel = options.channel;
    this.#agentLives = options.origin !== 'boot';
    this.#output = new OutputCollector((kind, device, bytes) => this.#send(kind, device, bytes));
    this.#feeder = new InputFeeder(options.channel, {
      input: (input: HostInput) => {
        options.machine.input(input);
        const lane = laneOf(input);
        if (lane !== undefined) this.#channel.control.countTaken(INPUT_LANES.indexOf(lane));
      },
      room: (device) => options.machine.devices.room(device),
    });
    this.#commands = new LoopCommands({
      channel: options.channel,
      now: () => options.clock.now(),
      capture: () => options.machine.capture(),
      save: options.save,
      keep: options.keep ?? (() => undefined),
      flush: () => {
        this.#output.flush();
      },
      settle: () => {
        this.#output.flush();
        this.#publish();
      },
      insist: (write) => this.#insist(write),
      setActivity: (activity) => {
        this.#setActivity(activity);
      },
      wasPaused: () => {
        this.#skipGap(this.#options.clock.now());
      },
    });
  }

  /** Give this everything that the machine puts out. */
  readonly takeOutput = (output: MachineOutput): void => {
    switch (output.kind) {
      case 'console':
        if (output.device === 'uart0') this.#panic.push(output.bytes);
        else if (output.device === 'agent0') this.#agentLives = true;
        this.#output.console(output.device, output.bytes);
        break;
      case 'frame':
        this.#output.frame(output.device, output.bytes);
        break;
      case 'entropy-wanted':
        // Served at the end of the slice: an input may not come in the middle of an instruction.
        this.#entropyWanted.push({ device: output.device, bytes: output.bytes });
        break;
    }
  };

  /** Runs until the guest halts or the host says stop. */
  run(): LoopEnd {
    this.#begin();
    for (;;) {
      const bell = this.#channel.control.workerBell;
      this.#channel.control.beat();
      if (this.#commands.obey() === 'stop') return this.#end({ kind: 'stopped' });
      this.#feeder.pump();
      const result = this.#runSlice();
      const now = this.#options.clock.now();
      if (result.reason === 'halt') return this.#end(this.#haltReason(result.halt));
      if (this.#panicIsOver(now)) return this.#end(this.#haltReason({ kind: 'reset' }));
      if (this.#serve()) continue;
      if (result.reason === 'wait') this.#sleep(bell, result.until);
      else if (now - this.#lastFlush >= FLUSH_INTERVAL_MS) this.#flush(now);
    }
  }

  #begin(): void {
    const now = this.#options.clock.now();
    this.#zeroMs = now - Number(this.#machine.time) / TICKS_PER_MS;
    this.#lastNow = now;
    this.#lastFlush = now;
    this.#channel.control.setCounter(COUNTER.ramBytes, BigInt(this.#options.ramBytes));
    this.#setActivity('running');
    this.#tellWallClock(now);
    if (this.#options.origin === 'takeover') this.#agentDueAt = now + AGENT_DELAY_MS;
    else this.#tellAgent();
    this.#insist(() => this.#channel.sendLife({ kind: 'started' }));
    this.#channel.control.ringHost();
  }

  #end(end: LoopEnd): LoopEnd {
    this.#output.flush();
    this.#publish();
    if (this.#options.lingers && end.kind !== 'stopped') {
      this.#insist(() => this.#channel.sendLife({ kind: 'halted', end }));
      this.#channel.control.ringHost();
      this.#commands.linger();
    }
    this.#setActivity('stopped');
    return end;
  }

  #haltReason(halt: Halt): LoopEnd {
    const text = this.#panic.panic;
    return text === undefined ? { kind: 'halt', halt } : { kind: 'panic', text };
  }

  #setActivity(activity: Activity): void {
    const { control } = this.#channel;
    if (control.activity === activity) return;
    control.activity = activity;
    // Running and idle alternate all the time and are only polled.
    if (activity !== 'running' && activity !== 'idle') control.ringHost();
  }

  /** The guest's clock stands still over a gap; the wall clock is then checked at once. */
  #skipGap(now: number): void {
    this.#zeroMs += now - this.#lastNow;
    this.#lastNow = now;
    this.#lastWallCheck = -Infinity;
  }

  /** Gives the guest the present time; returns it in host milliseconds. */
  #tick(): number {
    const now = this.#options.clock.now();
    if (now - this.#lastNow > SUSPENSION_MS) this.#skipGap(now);
    this.#lastNow = now;
    if (now - this.#lastWallCheck > WALL_CHECK_INTERVAL_MS) this.#checkWall(now);
    if (this.#agentDueAt !== undefined && now >= this.#agentDueAt) this.#tellAgent();
    this.#machine.input({ kind: 'time', ticks: this.#ticksAt(now) });
    return now;
  }

  /** Guest time at a host time. */
  #ticksAt(now: number): bigint {
    return BigInt(Math.floor((now - this.#zeroMs) * TICKS_PER_MS));
  }

  #checkWall(now: number): void {
    this.#lastWallCheck = now;
    const believed = this.#originMs + now - this.#zeroMs;
    if (Math.abs(this.#options.clock.wall() - believed) < WALL_DRIFT_MS) return;
    this.#tellWallClock(now);
    this.#tellAgent();
  }

  /** Sets the real-time clock chip: nanoseconds since the epoch at guest tick 0. */
  #tellWallClock(now: number): void {
    const wall = this.#options.clock.wall();
    this.#originMs = wall - (now - this.#zeroMs);
    this.#lastWallCheck = now;
    const originNs = toNs(wall) - this.#ticksAt(now) * NS_PER_TICK;
    this.#machine.input({ kind: 'wall-clock', originNs });
  }

  /** Has the agent set the kernel's clock and stir its random state: no two machines may share one. */
  #tellAgent(): void {
    this.#agentDueAt = undefined;
    if (!this.#agentLives) return;
    const bytes = encodeRequest({
      id: RESUME_ID,
      op: 'resume',
      wallNs: String(toNs(this.#options.clock.wall())),
      entropy: encodeBase64(this.#options.random(ENTROPY_BYTES)),
    });
    if (this.#machine.devices.room('agent0') >= bytes.length) {
      this.#machine.input({ kind: 'console', device: 'agent0', bytes });
    }
  }

  #runSlice(): RunResult {
    const { clock } = this.#options;
    const before = this.#tick();
    const blockedBefore = this.#blockedMs;
    const { instructions } = this.#machine;
    const result = this.#machine.run(this.#planner.budget);
    const after = clock.now();
    if (this.#channel.control.waitsForChange && this.#machine.instructions !== instructions) {
      if (this.#channel.control.takeChangeWish()) this.#channel.control.ringHost();
    }
    const busy = after - before - (this.#blockedMs - blockedBefore);
    this.#busyMs += busy;
    if (result.reason === 'budget') this.#planner.record(busy);
    if (after - this.#lastCount >= COUNTER_INTERVAL_MS) this.#publish();
    return result;
  }

  /** What the slice left to do; true when the guest may have got work by it. */
  #serve(): boolean {
    const wanted = this.#entropyWanted.splice(0);
    for (const { device, bytes } of wanted) {
      const random = this.#options.random(Math.min(bytes, MAX_ENTROPY_REQUEST));
      this.#machine.input({ kind: 'entropy', device, bytes: random });
    }
    return wanted.length > 0 || (this.#feeder.holdsBack && this.#feeder.pump());
  }

  #panicIsOver(now: number): boolean {
    if (this.#panic.panic === undefined) return false;
    this.#panicAt ??= now;
    return now - this.#panicAt > PANIC_GRACE_MS;
  }

  #sleep(bell: number, until: bigint | undefined): void {
    const { clock } = this.#options;
    const start = clock.now();
    this.#flush(start);
    let timeout = LONGEST_SLEEP_MS;
    if (until !== undefined) {
      timeout = Math.min(timeout, this.#zeroMs + Number(until) / TICKS_PER_MS - start);
    }
    if (timeout < SHORTEST_SLEEP_MS) return;
    this.#publish();
    this.#setActivity('idle');
    const { control } = this.#channel;
    // In pieces, for the signs of life.
    for (let left = timeout; left > 0 && control.workerBell === bell; left -= BEAT_PERIOD_MS) {
      control.waitForWorkerBell(bell, Math.min(left, BEAT_PERIOD_MS));
      control.beat();
    }
    this.#setActivity('running');
    const end = clock.now();
    this.#idleMs += Math.min(end - start, LONGEST_SLEEP_MS);
  }

  #flush(now: number): void {
    this.#lastFlush = now;
    if (!this.#output.waiting) return;
    this.#output.flush();
  }

  /** Hands one message to the host; never loses a byte while the machine lives. */
  #send(kind: 'console' | 'frame', device: string, bytes: Uint8Array): boolean {
    const sent = this.#insist(() => this.#channel.send(kind, device, bytes));
    this.#channel.control.ringHost();
    return sent;
  }

  /** Writes to the ring; when that is full the guest waits for its reader. False when it is being stopped. */
  #insist(write: () => boolean): boolean {
    const { control } = this.#channel;
    if (write()) return true;
    const start = this.#options.clock.now();
    for (;;) {
      const bell = control.workerBell;
      if ((control.commands & COMMAND.stop) !== 0) return false;
      // Said before the second try: the reader rings for room only when it sees this.
      this.#setActivity('blocked');
      if (write()) break;
      control.beat();
      control.waitForWorkerBell(bell, BEAT_PERIOD_MS);
    }
    this.#blockedMs += this.#options.clock.now() - start;
    this.#setActivity('running');
    return true;
  }

  #publish(): void {
    const { control } = this.#channel;
    const machine = this.#machine;
    this.#lastCount = this.#options.clock.now();
    control.setCounter(COUNTER.instructions, machine.instructions);
    const { exceptions, interrupts } = machine.traps;
    control.setCounter(COUNTER.exceptions, exceptions);
    control.setCounter(COUNTER.interrupts, interrupts);
    control.setCounter(COUNTER.guestTicks, machine.time);
    control.setCounter(COUNTER.busyMicroseconds, BigInt(Math.round(this.#busyMs * 1_000)));
    control.setCounter(COUNTER.idleMicroseconds, BigInt(Math.round(this.#idleMs * 1_000)));
  }
}
