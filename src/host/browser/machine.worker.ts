/**
 * The thread of a machine in the browser: fetches what the machine starts from, and then runs it
 * without ever yielding. Only `prepare` may use the event loop.
 */
import { sameBytes } from '../../base/bytes.ts';
import { expose } from 'comlink';
import { assert } from '../../base/assert.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { RAM, RAM_MAX_BYTES } from '../../vm/layout.ts';
import { ENGINE_NAMES } from '../../vm/machine/engine.ts';
import { createMachineMemory } from '../../vm/machine/memory.ts';
import { warmUp } from '../../vm/machine/warm-up.ts';
import { DEFAULT_MEMORY_MB } from '../shared/guest.ts';
import type { MachineState } from '../../vm/machine/state.ts';
import type { LoopEnd } from '../shared/loop-end.ts';
import { MachineThread } from '../shared/machine-thread.ts';
import { problem, type HostProblem } from '../shared/problem.ts';
import { rehearse } from '../shared/rehearsal.ts';
import { SCREEN_SECTION } from '../shared/screen.ts';
import { SnapshotLoader } from '../shared/snapshot-loader.ts';
import { browserCodec } from './browser-codec.ts';
import { fetchBootFiles, stageReporter, type Report } from './boot-files.ts';
import { GuestServer } from './guest-server.ts';
import { HttpSource } from './http-source.ts';
import { UnpackPool } from './unpack-pool.ts';

export interface PrepareOptions {
  /** Absolute, ending in a slash. */
  readonly guestUrl: string;
  readonly memoryMB: number | undefined;
  readonly cold: boolean;
  readonly channel: SharedArrayBuffer;
}

/** A machine that waits for `run`. */
export interface Prepared {
  readonly mode: 'resume' | 'cold';
  /** Why the snapshot was not used, when it should have been. */
  readonly notice: string | undefined;
  /** What stood on `console0` when the snapshot was taken. */
  readonly screen: Uint8Array<ArrayBuffer>;
  readonly memory: WebAssembly.Memory;
  readonly ramBytes: number;
  /** Names what RAM holds; empty: zeros, and what boots from there. */
  readonly baseline: Uint8Array;
  /** Names the guest: a standby has to have the same. */
  readonly guest: Uint8Array;
}

/** What a standby's copy is made of. */
export interface CopyOptions {
  /** Absolute, ending in a slash. */
  readonly guestUrl: string;
  readonly channel: SharedArrayBuffer;
  readonly ramBytes: number;
  /** What the primary's RAM began as. */
  readonly baseline: Uint8Array;
  readonly guest: Uint8Array;
}

/** Memory for a copy. `baseline` names what it holds: the one that was asked for, or empty for zeros. */
export interface PreparedCopy {
  readonly memory: WebAssembly.Memory;
  readonly baseline: Uint8Array;
}

const MEGABYTE = 1 << 20;
/** What a standby's thread does to be at full speed when it takes over: some 100 ms of work. */
const WARM_UP_INSTRUCTIONS = 5_000_000;
/** The kernel's code, 2 MiB behind its beginning at 2 MiB; anything else costs nothing and does nothing. */
const WARM_UP_AT = 4 << 20;
const WARM_UP_BYTES = 256 << 10;
class MachineWorker {
  #thread: MachineThread | undefined;

  /** Makes a machine that is ready to run. */
  async prepare(options: PrepareOptions, report: Report): Promise<Result<Prepared, HostProblem>> {
    const { memoryMB } = options;
    if (memoryMB !== undefined && memoryMB * MEGABYTE > RAM_MAX_BYTES) {
      const most = String(RAM_MAX_BYTES / MEGABYTE);
      const message = `The machine cannot have ${String(memoryMB)} MB of memory.`;
      return err(problem(message, `Ask for ${most} MB or less.`));
    }
    report({ stage: 'manifest', bytes: 0, totalBytes: undefined });
    const server = await GuestServer.open(options.guestUrl);
    if (!server.ok) return server;
    const disk = await server.value.root();
    if (!disk.ok) return disk;
    const source = new HttpSource(disk.value);
    if (options.cold) return this.#boot(options, server.value, source, report, undefined);
    const resumed = await this.#resume(options, server.value, source, report);
    if (resumed.ok && resumed.value !== undefined) return ok(resumed.value);
    const notice = resumed.ok
      ? undefined
      : `${resumed.error.message} ${resumed.error.advice}`.trim();
    return this.#boot(options, server.value, source, report, notice);
  }

  /** Makes a machine that waits for a copy of another. */
  async prepareCopy(options: CopyOptions): Promise<Result<PreparedCopy, HostProblem>> {
    const server = await GuestServer.open(options.guestUrl);
    if (!server.ok) return server;
    if (!sameBytes(await server.value.digest(), options.guest)) {
      const message = 'Another guest is prepared where this tab was loaded from.';
      return err(problem(message, 'Open the machine from the same server.'));
    }
    const disk = await server.value.root();
    if (!disk.ok) return disk;
    const { ramBytes, baseline } = options;
    let memory = reserve(ramBytes);
    if (!memory.ok) return memory;
    let held: Uint8Array = new Uint8Array(0);
    const source = new HttpSource(disk.value);
    if (baseline.length > 0) {
      const unpacked = await this.#unpackBaseline(server.value, options, memory.value);
      // What was unpacked in part is no known state: zeros are.
      if (unpacked === 'damaged') memory = reserve(ramBytes);
      if (!memory.ok) return memory;
      if (typeof unpacked !== 'string') {
        held = baseline;
        const setup = { memory: memory.value, ramBytes, engine: ENGINE_NAMES[0], disk: source };
        rehearse(setup, unpacked);
      }
    }
    this.#create(options, ramBytes, memory.value, source);
    this.#warmUp(new Uint8Array(memory.value.buffer, RAM, ramBytes));
    return ok({ memory: memory.value, baseline: held });
  }

  /** While the first copy comes; nobody needs this thread before. */
  #warmUp(ram: Uint8Array): void {
    const code = ram.subarray(WARM_UP_AT, WARM_UP_AT + WARM_UP_BYTES);
    setTimeout(() => {
      warmUp(ENGINE_NAMES[0], WARM_UP_INSTRUCTIONS, code);
    }, 0);
  }

  /** Fills RAM with the snapshot if it is the one that is named; the state that goes with it. */
  async #unpackBaseline(
    server: GuestServer,
    { baseline, ramBytes, guest }: CopyOptions,
    memory: WebAssembly.Memory,
  ): Promise<MachineState | 'untouched' | 'damaged'> {
    const parts = await server.snapshot(() => undefined);
    if (!parts.ok || parts.value === undefined) return 'untouched';
    const opened = await SnapshotLoader.open(parts.value, browserCodec, guest);
    const fits =
      opened.ok &&
      opened.value.header.ramBytes === ramBytes &&
      sameBytes(opened.value.digest, baseline);
    if (!fits) {
      await parts.value.return?.();
      return 'untouched';
    }
    const pool = new UnpackPool();
    try {
      const ram = new Uint8Array(memory.buffer, RAM, ramBytes);
      const unpacked = await opened.value.unpack(
        (entry, stored) => pool.unpack(entry, stored, ram),
        pool.capacity,
      );
      return unpacked.ok ? opened.value.header.sections : 'damaged';
    } finally {
      pool.dispose();
    }
  }

  /**
   * Runs the machine until it halts and is told to stop. Does not return before, and does not yield.
   * @param sections the state of CPU and devices that goes with the copy in RAM
   */
  run(sections?: MachineState): LoopEnd {
    const thread = this.#thread;
    assert(thread !== undefined, 'run comes after prepare');
    if (sections !== undefined) {
      const started = thread.start({ kind: 'takeover', sections });
      if (!started.ok) throw new Error(started.error.message);
    }
    // Whoever wants this machine's state captures it.
    return thread.run(() => undefined);
  }

  #create(
    { channel }: { readonly channel: SharedArrayBuffer },
    ramBytes: number,
    memory: WebAssembly.Memory,
    disk: HttpSource,
  ): MachineThread {
    const engine = ENGINE_NAMES[0];
    this.#thread = new MachineThread({
      memory,
      ramBytes,
      channel,
      engine,
      disk,
      disk1: undefined,
      lingers: true,
    });
    return this.#thread;
  }

  /** Undefined when there is no snapshot of such a machine; a problem when there is one that is bad. */
  async #resume(
    options: PrepareOptions,
    server: GuestServer,
    disk: HttpSource,
    report: Report,
  ): Promise<Result<Prepared | undefined, HostProblem>> {
    const total: { bytes: number | undefined } = { bytes: undefined };
    const onBytes = stageReporter(report, 'snapshot', () => total.bytes);
    const parts = await server.snapshot(onBytes);
    if (!parts.ok) return parts;
    if (parts.value === undefined) return ok(undefined);
    const opened = await SnapshotLoader.open(parts.value, browserCodec, await server.digest());
    if (!opened.ok) {
      await parts.value.return?.();
      return err(snapshotProblem(opened.error.message));
    }
    const loader = opened.value;
    const { ramBytes, sections } = loader.header;
    total.bytes = loader.totalBytes;
    if (options.memoryMB !== undefined && options.memoryMB * MEGABYTE !== ramBytes) {
      await parts.value.return?.();
      return ok(undefined);
    }
    const memory = reserve(ramBytes);
    if (!memory.ok) return memory;
    const pool = new UnpackPool();
    try {
      const ram = new Uint8Array(memory.value.buffer, RAM, ramBytes);
      const unpacking = loader.unpack(
        (entry, stored) => pool.unpack(entry, stored, ram),
        pool.capacity,
      );
      // The others are busy now; meanwhile the engine is built here.
      const thread = this.#create(options, ramBytes, memory.value, disk);
      const unpacked = await unpacking;
      if (!unpacked.ok) return err(snapshotProblem(unpacked.error.message));
      const started = thread.start({ kind: 'resume', sections });
      if (!started.ok) return err(snapshotProblem(started.error.message));
      const screen = sections.get(SCREEN_SECTION)?.bytes ?? new Uint8Array(0);
      return ok({
        ...{ mode: 'resume', notice: undefined, screen, memory: memory.value, ramBytes },
        ...{ baseline: loader.digest, guest: await server.digest() },
      });
    } finally {
      pool.dispose();
    }
  }

  async #boot(
    options: PrepareOptions,
    server: GuestServer,
    disk: HttpSource,
    report: Report,
    notice: string | undefined,
  ): Promise<Result<Prepared, HostProblem>> {
    const files = await fetchBootFiles(server, report);
    if (!files.ok) return files;
    report({ stage: 'boot', bytes: 0, totalBytes: undefined });
    const ramBytes = (options.memoryMB ?? DEFAULT_MEMORY_MB) * MEGABYTE;
    const memory = reserve(ramBytes);
    if (!memory.ok) return memory;
    const thread = this.#create(options, ramBytes, memory.value, disk);
    const started = thread.start({ kind: 'boot', files: files.value });
    if (!started.ok) return started;
    const nothing = new Uint8Array(0);
    return ok({
      ...{ mode: 'cold', notice, screen: nothing, memory: memory.value, ramBytes },
      ...{ baseline: nothing, guest: await server.digest() },
    });
  }
}

const snapshotProblem = (reason: string): HostProblem =>
  problem(
    `The snapshot could not be used (${reason}), so the guest boots.`,
    'Run "npm run guest" to make it anew.',
  );

function reserve(ramBytes: number): Result<WebAssembly.Memory, HostProblem> {
  try {
    return ok(createMachineMemory(ramBytes));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const size = String(Math.round(ramBytes / MEGABYTE));
    const message = `The browser cannot give the machine ${size} MB of memory.`;
    return err(
      problem(message, 'Close other tabs, or ask for less with ?memory=128 in the address.'),
    );
  }
}

export type MachineWorkerApi = Pick<MachineWorker, 'prepare' | 'prepareCopy' | 'run'>;

expose(new MachineWorker());
