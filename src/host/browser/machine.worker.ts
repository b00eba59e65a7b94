/**
 * The thread of a machine in the browser: fetches what the machine starts from, and then runs it
 * without ever yielding. Only `prepare` may use the event loop.
 */
import { sameBytes } from '../../base/bytes.ts';
import { expose, proxy } from 'comlink';
import { assert } from '../../base/assert.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { HotPage } from '../../vm/jit/hot-list.ts';
import { DECODE_SLOTS, RAM, RAM_MAX_BYTES } from '../../vm/layout.ts';
import { DEFAULT_ENGINE } from '../../vm/machine/engine.ts';
import { createMachineMemory } from '../../vm/machine/memory.ts';
import { warmUp } from '../../vm/machine/warm-up.ts';
import { DEFAULT_MEMORY_MB } from '../shared/guest.ts';
import type { MachineState } from '../../vm/machine/state.ts';
import type { LoopEnd } from '../shared/loop-end.ts';
import { MachineThread } from '../shared/machine-thread.ts';
import { problem, type HostProblem } from '../shared/problem.ts';
import { rehearse } from '../shared/rehearsal.ts';
import type { RemoteTranslation } from '../shared/translation/remote.ts';
import { SCREEN_SECTION } from '../shared/screen.ts';
import { speculate } from '../shared/speculation.ts';
import { fetchBootFiles, type Report } from './boot-files.ts';
import { GuestServer } from './guest-server.ts';
import { HttpSource } from './http-source.ts';
import { snapshotProblem } from './snapshot-problem.ts';
import type { SnapshotWorkerApi } from './snapshot.worker.ts';
import { startTranslation } from './translation.ts';
import { handleOf, type WorkerHandle } from './worker-handle.ts';

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

const makeSnapshotWorker = (): WorkerHandle<SnapshotWorkerApi> =>
  handleOf(
    new Worker(new URL('./snapshot.worker.ts', import.meta.url), {
      type: 'module',
      name: 'snapshot',
    }),
    "the snapshot's worker",
  );

class MachineWorker {
  #thread: MachineThread | undefined;
  #translation: RemoteTranslation | undefined;
  /** Code that is hot where this copy comes from, by page. */
  readonly #hot = new Map<number, HotPage>();

  /** Makes a machine that is ready to run. */
  async prepare(options: PrepareOptions, report: Report): Promise<Result<Prepared, HostProblem>> {
    const { memoryMB } = options;
    if (memoryMB !== undefined && memoryMB * MEGABYTE > RAM_MAX_BYTES) {
      const most = String(RAM_MAX_BYTES / MEGABYTE);
      const message = `The machine cannot have ${String(memoryMB)} MB of memory.`;
      return err(problem(message, `Ask for ${most} MB or less: ?memory=128 in the address.`));
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
      const unpacked = await this.#unpackBaseline(options, memory.value);
      // What was unpacked in part is no known state: zeros are.
      if (unpacked === 'damaged') memory = reserve(ramBytes);
      if (!memory.ok) return memory;
      if (typeof unpacked !== 'string') {
        held = baseline;
        const setup = { memory: memory.value, ramBytes, engine: DEFAULT_ENGINE, disk: source };
        rehearse(setup, unpacked);
      }
    }
    await this.#create(options, ramBytes, memory.value, source);
    this.#warmUp(new Uint8Array(memory.value.buffer, RAM, ramBytes));
    return ok({ memory: memory.value, baseline: held });
  }

  /** While the first copy comes; nobody needs this thread before. */
  #warmUp(ram: Uint8Array): void {
    const code = ram.subarray(WARM_UP_AT, WARM_UP_AT + WARM_UP_BYTES);
    setTimeout(() => {
      warmUp(DEFAULT_ENGINE, WARM_UP_INSTRUCTIONS, code);
    }, 0);
  }

  /** Fills RAM with the snapshot if it is the one that is named; the state that goes with it. */
  async #unpackBaseline(
    { guestUrl, baseline, ramBytes, guest }: CopyOptions,
    memory: WebAssembly.Memory,
  ): Promise<MachineState | 'untouched' | 'damaged'> {
    const { api, answer, terminate } = makeSnapshotWorker();
    try {
      const report = proxy(() => undefined);
      const opened = await answer(api.open(guestUrl, guest, report));
      const head = opened.ok ? opened.value : undefined;
      const fits = head?.ramBytes === ramBytes && sameBytes(head.digest, baseline);
      if (!fits) return 'untouched';
      const ram = new Uint8Array(memory.buffer, RAM, ramBytes);
      return (await answer(api.unpack(ram))).ok ? head.sections : 'damaged';
    } finally {
      terminate();
    }
  }

  /** Loads the state of CPU and devices that goes with the copy in RAM. */
  load(sections: MachineState): void {
    const thread = this.#readyThread;
    // A machine that was loaded in part must not run.
    this.#thread = undefined;
    const started = thread.start({ kind: 'takeover', sections });
    if (!started.ok) throw new Error(started.error.message);
    thread.machine.foresee([...this.#hot.values()]);
    this.#thread = thread;
  }

  /** This code is hot on the primary: it is translated ahead, and foreseen when the machine is loaded. */
  foresee(pages: readonly HotPage[]): void {
    for (const hot of pages)
      if (this.#hot.has(hot.page) || this.#hot.size < DECODE_SLOTS) this.#hot.set(hot.page, hot);
    this.#translation?.foresee(pages);
  }

  /**
   * Runs the machine until it halts and is told to stop. Does not return before, and does not yield.
   * @param sections loaded first, see {@link load}
   */
  run(sections?: MachineState): LoopEnd {
    if (sections !== undefined) this.load(sections);
    // Whoever wants this machine's state captures it.
    return this.#readyThread.run(() => undefined);
  }

  /** As {@link run} from these sections, on another channel, so that it can be taken back: see `speculation.ts`. */
  speculate(sections: MachineState, channel: SharedArrayBuffer): LoopEnd | 'rolled-back' {
    this.load(sections);
    return speculate(this.#readyThread, channel);
  }

  get #readyThread(): MachineThread {
    assert(this.#thread !== undefined, 'first of all comes prepare');
    return this.#thread;
  }

  async #create(
    { channel }: { readonly channel: SharedArrayBuffer },
    ramBytes: number,
    memory: WebAssembly.Memory,
    disk: HttpSource,
  ): Promise<MachineThread> {
    const engine = DEFAULT_ENGINE;
    const translation = await startTranslation(memory);
    this.#translation = translation;
    this.#thread = new MachineThread({
      memory,
      ramBytes,
      channel,
      engine,
      translation,
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
    const { api, answer, terminate } = makeSnapshotWorker();
    try {
      const guest = await server.digest();
      const opened = await answer(api.open(options.guestUrl, guest, proxy(report)));
      if (!opened.ok) return opened;
      if (opened.value === undefined) return ok(undefined);
      const { ramBytes, sections, digest: baseline } = opened.value;
      const { memoryMB } = options;
      if (memoryMB !== undefined && memoryMB * MEGABYTE !== ramBytes) return ok(undefined);
      const memory = reserve(ramBytes);
      if (!memory.ok) return memory;
      const ram = new Uint8Array(memory.value.buffer, RAM, ramBytes);
      const unpacking = answer(api.unpack(ram));
      // The others are busy now; meanwhile the engine is built here.
      const thread = await this.#create(options, ramBytes, memory.value, disk);
      const unpacked = await unpacking;
      if (!unpacked.ok) return err(snapshotProblem(unpacked.error.message));
      const started = thread.start({ kind: 'resume', sections });
      if (!started.ok) return err(snapshotProblem(started.error.message));
      const screen = sections.get(SCREEN_SECTION)?.bytes ?? new Uint8Array(0);
      return ok({
        ...{ mode: 'resume', notice: undefined, screen, memory: memory.value, ramBytes },
        ...{ baseline, guest },
      });
    } finally {
      terminate();
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
    const thread = await this.#create(options, ramBytes, memory.value, disk);
    const started = thread.start({ kind: 'boot', files: files.value });
    if (!started.ok) return started;
    const nothing = new Uint8Array(0);
    return ok({
      ...{ mode: 'cold', notice, screen: nothing, memory: memory.value, ramBytes },
      ...{ baseline: nothing, guest: await server.digest() },
    });
  }
}

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

export type MachineWorkerApi = Pick<
  MachineWorker,
  'prepare' | 'prepareCopy' | 'load' | 'run' | 'speculate' | 'foresee'
>;

expose(new MachineWorker());
