/** A machine and its loop, as both kinds of worker thread set them up. */
import { err, ok, type Result } from '../../base/result.ts';
import type { ByteSource } from '../../vm/devices/device.ts';
import type { BootFiles } from '../../vm/machine/boot.ts';
import type { EngineName } from '../../vm/machine/engine.ts';
import type { TranslationService } from '../../vm/jit/service.ts';
import { Machine } from '../../vm/machine/machine.ts';
import type { MachineState } from '../../vm/machine/state.ts';
import { WorkerChannel } from './channel.ts';
import { systemClock, type HostClock } from './clock.ts';
import type { LoopEnd } from './loop-end.ts';
import { MachineLoop, type Origin } from './machine-loop.ts';
import { problem, type HostProblem } from './problem.ts';

export interface ThreadSetup {
  readonly memory: WebAssembly.Memory;
  readonly ramBytes: number;
  readonly channel: SharedArrayBuffer;
  readonly engine: EngineName;
  readonly translation: TranslationService | undefined;
  readonly disk: ByteSource | undefined;
  readonly disk1: ByteSource | undefined;
  /** See LoopOptions. */
  readonly lingers: boolean;
}

/** What the machine starts from. For a resume, RAM must hold the snapshot's pages already. */
export type StartState =
  | { readonly kind: 'boot'; readonly files: BootFiles }
  | { readonly kind: 'resume'; readonly sections: MachineState }
  /** As a resume, but this machine has run until a moment ago, elsewhere. */
  | { readonly kind: 'takeover'; readonly sections: MachineState };

/** What may be otherwise than usual. */
export interface RunOptions {
  readonly clock?: HostClock;
  /** In place of the machine's own. */
  readonly channel?: SharedArrayBuffer;
  /** See LoopOptions. */
  readonly keep?: () => void;
}

const SEED_BYTES = 32;

/** Random bytes of the host's own, best source. */
export function hostRandom(count: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(count));
}

export class MachineThread {
  readonly machine: Machine;
  readonly #setup: ThreadSetup;
  #origin: Origin = 'boot';

  constructor(setup: ThreadSetup) {
    this.#setup = setup;
    this.machine = new Machine(setup);
  }

  /** Boots or restores the machine; it has not run yet afterwards. */
  start(state: StartState): Result<undefined, HostProblem> {
    if (state.kind === 'boot') {
      const loaded = this.machine.load(state.files, hostRandom(SEED_BYTES));
      if (loaded.ok) return ok(undefined);
      return err(problem(`The guest cannot boot: ${loaded.error.message}.`, ''));
    }
    try {
      this.machine.restore(state.sections);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return err(problem(`The snapshot is of another version of the machine (${reason}).`, ''));
    }
    this.#origin = state.kind === 'takeover' ? 'takeover' : 'snapshot';
    return ok(undefined);
  }

  /** Runs until the guest halts or the host says stop; does not yield meanwhile. `save` serves COMMAND.save. */
  run(save: (state: MachineState) => void, options: RunOptions = {}): LoopEnd {
    const { clock = systemClock, channel = this.#setup.channel, keep } = options;
    const loop = new MachineLoop({
      machine: this.machine,
      channel: new WorkerChannel(channel),
      clock,
      random: hostRandom,
      ramBytes: this.#setup.ramBytes,
      origin: this.#origin,
      save: () => {
        save(this.machine.save());
      },
      ...(keep === undefined ? {} : { keep }),
      lingers: this.#setup.lingers,
    });
    this.machine.onOutput = loop.takeOutput;
    return loop.run();
  }
}
