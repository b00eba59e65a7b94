/** A replica's machine: made, copied, run and dropped as the replica's effects say. */
import type { Effect } from '../../../replication/effects.ts';
import type { PeerId } from '../../../replication/events.ts';
import type { MessageOf } from '../../../replication/messages.ts';
import type { HostMessage } from '../channel.ts';
import { haltMessage } from '../halt.ts';
import { CheckpointMaker } from './checkpoint-maker.ts';
import type { FigureDesk } from './figure-desk.ts';
import { countsByLane } from './lanes.ts';
import type { Links } from './links.ts';
import { MachineDesk, type FirstMachine, type ParkedMachine } from './machine-desk.ts';
import type { Happening, ReplicaParts } from './replica-parts.ts';
import type { ScreenFeed } from './screen-feed.ts';
import { yieldTurn } from './ticker.ts';

/** What surrounds the machine. */
export interface MachineSurroundings {
  readonly parts: ReplicaParts;
  readonly links: Links;
  readonly feed: ScreenFeed;
  readonly figures: FigureDesk;
  readonly happen: (happening: Happening) => void;
  readonly fail: (error: unknown) => void;
  /** The link to whom checkpoints go. */
  readonly standby: () => PeerId | undefined;
}

export class MachineHost {
  readonly #around: MachineSurroundings;
  #desk: MachineDesk | undefined;
  #maker: CheckpointMaker | undefined;
  #screen: Uint8Array | undefined;
  /** Counts preparations, so that one that nobody waits for any more is noticed. */
  #preparation = 0;
  #unwatch: () => void = () => undefined;

  constructor(around: MachineSurroundings, first: FirstMachine | undefined) {
    this.#around = around;
    if (first === undefined) return;
    this.#screen = first.screen;
    this.#takeDesk(first.parked, false);
  }

  get desk(): MachineDesk | undefined {
    return this.#desk;
  }

  /** Undefined before the first capture. */
  get maker(): CheckpointMaker | undefined {
    return this.#maker;
  }

  perform(effect: Effect): void {
    switch (effect.kind) {
      case 'start-guest':
        this.#startGuest(effect.cause);
        break;
      case 'arm-guest':
        this.#desk?.arm();
        break;
      case 'speculate':
        this.#desk?.speculate();
        break;
      case 'hot-code':
        this.#desk?.foresee(effect.bytes);
        break;
      case 'roll-back':
        this.#desk?.rollBack();
        break;
      case 'stop-guest':
      case 'forget-machine':
        this.drop();
        break;
      case 'capture':
        // Made when it is first needed: its memory would take some of a takeover's milliseconds.
        if (this.#desk !== undefined) this.#maker ??= this.#makeMaker(this.#desk);
        this.#maker?.capture(effect);
        break;
      case 'copy':
        this.#maker?.copy(effect);
        break;
      case 'forget-dirty':
        this.#maker?.forget(effect.epoch);
        break;
      case 'merge-dirty':
        this.#maker?.merge(effect.epochs);
        break;
      case 'deliver-inputs':
        this.#desk?.deliver(effect.items);
        break;
      case 'throttle':
        this.#desk?.hold(effect.why, effect.on);
        break;
      case 'prepare':
        this.#prepare(effect.welcome);
        break;
      case 'stage':
        this.#desk?.stage(effect);
        this.#around.figures.received(effect);
        break;
      case 'discard-staging':
        this.#desk?.discardStaged(effect.epochs);
        break;
      case 'apply':
        this.#apply(effect.epoch);
        break;
      default:
        throw new Error(`the host does not know the effect ${effect.kind}`);
    }
  }

  #prepare(welcome: MessageOf<'welcome'>): void {
    this.drop();
    const preparation = this.#preparation;
    const isCurrent = (): boolean => this.#preparation === preparation;
    this.#unwatch = this.#around.parts.watchNode(welcome.node, () => {
      if (isCurrent()) this.#around.happen({ kind: 'primary-gone', word: 'lock-released' });
    });
    this.#around.parts.prepare(welcome).then(
      (prepared) => {
        if (!isCurrent()) {
          if (prepared.ok) prepared.value.terminate();
        } else if (prepared.ok) {
          this.#takeDesk(prepared.value, true);
          this.#around.happen({ kind: 'prepared', baseline: prepared.value.baseline });
        } else {
          this.#around.happen({ kind: 'prepare-failed', sentence: prepared.error });
        }
      },
      (error: unknown) => {
        this.#around.fail(error);
      },
    );
  }

  #takeDesk(parked: ParkedMachine, receives: boolean): void {
    const desk: MachineDesk = new MachineDesk(
      parked,
      receives ? this.#around.parts.compressor : undefined,
      {
        message: (message) => (this.#desk === desk ? this.#hear(message) : undefined),
        changed: () => {
          if (this.#desk === desk) this.#around.happen({ kind: 'changed' });
        },
        failed: (error) => {
          const sentence = `The machine broke: ${String(error)}`;
          if (this.#desk === desk) this.#around.happen({ kind: 'guest-failed', sentence });
        },
      },
    );
    this.#desk = desk;
  }

  /** Ends the machine, and forgets it. */
  drop(): void {
    this.#preparation += 1;
    this.#unwatch();
    this.#unwatch = () => undefined;
    this.#screen = undefined;
    if (this.#desk === undefined) return;
    this.#desk.drop();
    this.#desk = undefined;
    this.#maker = undefined;
    this.#around.figures.dropped();
    this.#around.parts.listener.machine(undefined);
  }

  #startGuest(cause: 'begin' | 'takeover' | 'resume'): void {
    const desk = this.#desk;
    if (desk === undefined) throw new Error('there is no machine to start');
    if (cause === 'resume') {
      desk.goOn();
      return;
    }
    this.#unwatch();
    desk.start(cause === 'takeover');
    this.#around.figures.started(desk);
    this.#around.parts.listener.machine(desk.buffer);
    const bytes = this.#screen;
    this.#screen = undefined;
    if (bytes !== undefined && bytes.length > 0) {
      this.#around.happen({
        kind: 'output',
        outputs: [{ device: 'console0', kind: 'console', bytes }],
      });
    }
  }

  #makeMaker(desk: MachineDesk): CheckpointMaker {
    const { memory, ramBytes, baseline } = desk.parked;
    const { compressor, now } = this.#around.parts;
    const after = (moment: Promise<void>, run: () => void): void => {
      void moment.then(() => {
        if (this.#maker === maker) this.#guard(run);
      });
    };
    const maker: CheckpointMaker = new CheckpointMaker({
      ...{ memory, ramBytes, baseline, compressor, now },
      soon: (run) => {
        after(Promise.resolve(), run);
      },
      later: (run) => {
        after(yieldTurn(), run);
      },
      hasRoom: () => this.#around.links.hasRoom(this.#around.standby()),
      askMachine: (epoch, last) => {
        desk.askCapture(epoch, last);
      },
      chunk: (epoch, part, bytes) => {
        this.#around.figures.sent(bytes.length);
        this.#around.happen({ kind: 'chunk', epoch, part, bytes });
      },
      staged: (epoch, facts) => {
        this.#around.happen({ kind: 'staged', epoch, facts });
      },
    });
    return maker;
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#around.fail(error);
    }
  }

  #hear(message: HostMessage): void | Promise<void> {
    switch (message.kind) {
      case 'console':
      case 'frame':
        this.#around.happen({ kind: 'output', outputs: [message] });
        // A guest that nobody waits for is as fast as its terminal.
        return this.#around.standby() === undefined ? this.#around.feed.room : undefined;
      case 'captured': {
        const { epoch, pauseMs, captured } = message.report;
        const { instructions, time: guestTime } = captured;
        const applied = countsByLane(message.report.taken);
        this.#desk?.captured();
        this.#maker?.captured(epoch, captured);
        this.#desk?.askForChange();
        const facts = { pauseMs, instructions, guestTime, applied };
        this.#around.happen({ kind: 'captured', epoch, facts });
        return undefined;
      }
      case 'started':
        this.#around.happen({ kind: 'guest-started' });
        return undefined;
      case 'halted':
        this.#around.parts.listener.halted(message.end);
        this.#around.happen({ kind: 'guest-halted', sentence: haltMessage(message.end) });
        return undefined;
    }
  }

  #apply(epoch: number): void {
    const desk = this.#desk;
    if (desk === undefined) return;
    if (desk.rollback !== undefined) {
      void desk.rollback.then(() => {
        if (this.#desk === desk)
          this.#guard(() => {
            this.#apply(epoch);
          });
      });
      return;
    }
    const problem = desk.apply(epoch);
    if (problem === undefined) this.#around.happen({ kind: 'applied', epoch });
    else this.#around.happen({ kind: 'apply-failed', epoch, sentence: problem });
  }
}
