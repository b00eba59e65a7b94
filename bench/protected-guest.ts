/** The stock guest on Node, with commands run in it and checkpoints made of it. */
import { loadZstd } from '../src/checkpoint/zstd.ts';
import type { NodeMachine } from '../src/host/node/node-machine.ts';
import { startGuest } from '../src/host/node/start-guest.ts';
import type { CaptureReport } from '../src/host/shared/capture-report.ts';
import { ENGINE_NAMES } from '../src/vm/machine/engine.ts';
import { Protector, type ProtectorOptions } from './protector.ts';

/** What the goals are stated for. */
const MEMORY_MB = 256;

export class ProtectedGuest {
  readonly machine: NodeMachine;
  /** Who gets the captures that are asked for. */
  #captured: (report: CaptureReport) => void = () => undefined;

  private constructor(machine: NodeMachine) {
    this.machine = machine;
  }

  /** Resumes the snapshot, or boots: with the engine that people get who ask for none. */
  static async start(kind: 'resumed' | 'cold'): Promise<ProtectedGuest> {
    let take: (report: CaptureReport) => void = () => undefined;
    const started = await startGuest(
      {
        ...{ memoryMB: MEMORY_MB, kernel: { kind: 'prepared', name: 'stock' } },
        ...{ initrd: undefined, append: undefined, disk: undefined },
        ...{ cold: kind === 'cold', engine: ENGINE_NAMES[0] },
      },
      {
        console: () => undefined,
        captured: (report) => {
          take(report);
        },
        note: (text) => {
          console.error(text);
        },
      },
    );
    if (!started.ok) throw new Error(started.error.message);
    if (started.value.resumed !== (kind === 'resumed')) throw new Error('the snapshot is not used');
    const guest = new ProtectedGuest(started.value.machine);
    take = (report) => {
      guest.#captured(report);
    };
    return guest;
  }

  /** Resolves when commands can be run. */
  ready(): Promise<void> {
    return new Promise((resolve) => {
      this.machine.agent.whenReady(resolve);
    });
  }

  /** Runs a command that must succeed; milliseconds until it has ended. */
  async run(command: string): Promise<number> {
    const start = performance.now();
    let said = '';
    const hear = (bytes: Uint8Array): void => {
      said += new TextDecoder().decode(bytes);
    };
    const handlers = { stdout: hear, stderr: hear };
    const status = await this.machine.agent.exec(command, handlers, { stdin: false }).status;
    if (!status.ok) throw new Error(status.error.message);
    if (status.value !== 0) throw new Error(`"${command}" ended with ${status.value}: ${said}`);
    return performance.now() - start;
  }

  /** Not started yet. */
  async protector(options: Omit<ProtectorOptions, 'machine' | 'compressor'>): Promise<Protector> {
    const compressor = await loadZstd();
    const protector = new Protector({ ...options, machine: this.machine, compressor });
    this.#captured = protector.captured;
    return protector;
  }

  async end(): Promise<void> {
    await this.machine.stop();
  }
}
