/**
 * The thread of a machine in the browser: fetches what the machine starts from, and then runs it
 * without ever yielding. Only `prepare` may use the event loop.
 */
import { expose } from 'comlink';
import { assert } from '../../base/assert.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { RAM, RAM_MAX_BYTES } from '../../vm/layout.ts';
import type { BootFiles } from '../../vm/machine/boot.ts';
import { ENGINE_NAMES } from '../../vm/machine/engine.ts';
import { createMachineMemory } from '../../vm/machine/memory.ts';
import { DEFAULT_MEMORY_MB } from '../shared/guest.ts';
import type { LoopEnd } from '../shared/loop-end.ts';
import { MachineThread } from '../shared/machine-thread.ts';
import { problem, type HostProblem } from '../shared/problem.ts';
import { SCREEN_SECTION } from '../shared/screen.ts';
import { SnapshotLoader } from '../shared/snapshot-loader.ts';
import { browserCodec } from './browser-codec.ts';
import { GuestServer, type OnBytes } from './guest-server.ts';
import { HttpSource } from './http-source.ts';
import type { StartProgress, StartStage } from './types.ts';
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
}

const MEGABYTE = 1 << 20;
/** Progress is for people: a few times a second is enough (R12). */
const PROGRESS_INTERVAL_MS = 80;

type Report = (progress: StartProgress) => void;

/** Counts one stage's bytes and reports them now and then. */
function stageReporter(
  report: Report,
  stage: StartStage,
  total: () => number | undefined,
): OnBytes {
  let last = 0;
  return (bytes) => {
    const now = performance.now();
    const totalBytes = total();
    if (now - last < PROGRESS_INTERVAL_MS && bytes !== totalBytes) return;
    last = now;
    report({ stage, bytes, totalBytes });
  };
}

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

  /** Runs the machine until it halts or is told to stop. Does not return before, and does not yield. */
  run(): LoopEnd {
    const thread = this.#thread;
    assert(thread !== undefined, 'run comes after prepare');
    // Nobody asks a page's machine for its state yet; checkpoints will.
    return thread.run(() => undefined);
  }

  #create(
    options: PrepareOptions,
    ramBytes: number,
    memory: WebAssembly.Memory,
    disk: HttpSource,
  ): MachineThread {
    const { channel } = options;
    const engine = ENGINE_NAMES[0];
    this.#thread = new MachineThread({
      memory,
      ramBytes,
      channel,
      engine,
      disk,
      disk1: undefined,
      lingers: false,
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
      return ok({ mode: 'resume', notice: undefined, screen });
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
    return started.ok ? ok({ mode: 'cold', notice, screen: new Uint8Array(0) }) : started;
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

async function fetchBootFiles(
  server: GuestServer,
  report: Report,
): Promise<Result<BootFiles, HostProblem>> {
  const { files, commandLine } = server.manifest;
  const roles = ['firmware', 'kernel', 'initrd'] as const;
  const totalBytes = roles.reduce((sum, role) => sum + files[role].bytes, 0);
  const done = { firmware: 0, kernel: 0, initrd: 0 };
  const onBytes = stageReporter(report, 'kernel', () => totalBytes);
  const [firmware, kernel, initrd] = await Promise.all(
    roles.map((role) =>
      server.file(role, (bytes) => {
        done[role] = bytes;
        onBytes(done.firmware + done.kernel + done.initrd);
      }),
    ),
  );
  assert(firmware !== undefined && kernel !== undefined && initrd !== undefined, 'three files');
  if (!firmware.ok) return firmware;
  if (!kernel.ok) return kernel;
  if (!initrd.ok) return initrd;
  return ok({
    firmware: firmware.value,
    kernel: kernel.value,
    initrd: initrd.value,
    commandLine,
  });
}

export type MachineWorkerApi = Pick<MachineWorker, 'prepare' | 'run'>;

expose(new MachineWorker());
