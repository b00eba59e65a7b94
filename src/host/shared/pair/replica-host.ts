/**
 * Runs a replica: brings it what happens (frames, keys, the machine's words, time) as events, one after the
 * other, and carries out its effects. The same in a Web Worker and on Node; what differs comes in as parts.
 */
import type { ReplicaConfig } from '../../../replication/config.ts';
import type { Effect } from '../../../replication/effects.ts';
import type { PeerId, ReplicaEvent } from '../../../replication/events.ts';
import { deadlineOf, startPrimary, startStandby, step } from '../../../replication/replica.ts';
import type { ReplicaState } from '../../../replication/state.ts';
import { viewOf } from '../../../replication/view.ts';
import type { Claim } from '../../../replication/witness.ts';
import type { Link } from '../../../transport/link.ts';
import { COUNTER } from '../control.ts';
import { FigureDesk } from './figure-desk.ts';
import { HeldNews } from './held-news.ts';
import { HotCode, type HotCodeView } from './hot-code.ts';
import { encodeSize, RESIZE_LANE } from './lanes.ts';
import { Links } from './links.ts';
import { MachineHost } from './machine-host.ts';
import type { Beginning, Happening, ReplicaParts } from './replica-parts.ts';
import { ScreenFeed } from './screen-feed.ts';
import { Ticker } from './ticker.ts';

/** A takeover is under way, and the guest has not said anything since. */
const isTakingOver = (state: ReplicaState): boolean =>
  state.kind === 'deciding' || (state.kind === 'running' && state.failover !== undefined);

/** While more keys than this wait for a commit, whoever types has to wait. */
const MANY_KEYS_BYTES = 2 << 20;

export class ReplicaHost {
  readonly #parts: ReplicaParts;
  readonly #news: HeldNews;
  readonly #links: Links;
  readonly #feed: ScreenFeed;
  readonly #ticker: Ticker;
  readonly #figures: FigureDesk;
  readonly #machine: MachineHost;
  readonly #hotCode: HotCode;
  #state: ReplicaState;
  readonly #queue: Happening[] = [];
  #busy = false;
  #over = false;
  #whenFewKeys: (() => void)[] = [];

  constructor(given: ReplicaParts, beginning: Beginning) {
    this.#news = new HeldNews(given.listener);
    const { listener } = this.#news;
    const parts = { ...given, listener };
    this.#parts = parts;
    const { config, now } = parts;
    const happen = (happening: Happening): void => {
      this.happen(happening);
    };
    const fail = (error: unknown): void => {
      this.#fail(error);
    };
    this.#links = this.#makeLinks();
    this.#feed = new ScreenFeed(listener.show, fail);
    this.#figures = new FigureDesk({
      ...{ now, wall: parts.wall, listener, happen },
      sentBytes: () => this.#links.sentBytes,
      view: () => ({
        state: this.#state,
        desk: this.#machine.desk,
        maker: this.#machine.maker,
      }),
    });
    const [links, feed, figures] = [this.#links, this.#feed, this.#figures];
    this.#machine = new MachineHost(
      { parts, links, feed, figures, happen, fail, standby: () => this.#standby },
      beginning.kind === 'primary' ? beginning.first : undefined,
    );
    this.#hotCode = new HotCode({ happen, view: () => this.#protectedMachine });
    this.#ticker = new Ticker(now, () => {
      this.#tick();
    });
    const started =
      beginning.kind === 'primary'
        ? startPrimary(config, beginning.facts, now())
        : startStandby(config, beginning.wants, now());
    this.#state = started.state;
    this.#guard(() => {
      this.#settle(started.effects);
    });
    this.#ticker.run().catch(fail);
  }

  /** Something happened. Events that come while one is being dealt with follow in order. */
  happen(happening: Happening): void {
    this.#queue.push(happening);
    if (!this.#busy && !this.#over) this.#guard(() => undefined);
  }

  /** A link whose other end is being authenticated; say `connected` before it starts. */
  addLink(peer: PeerId, link: Link): void {
    this.#links.add(peer, link);
  }

  /** A link is up: it may be started afterwards. */
  connected(peer: PeerId): void {
    this.happen({ kind: 'peer-connected', peer });
  }

  /** A person typed here. Settles when more may be typed. */
  async key(device: string, bytes: Uint8Array): Promise<void> {
    this.happen({ kind: 'key', lane: device, bytes });
    if (this.#state.inputs.logBytes <= MANY_KEYS_BYTES || this.#over) return;
    await new Promise<void>((resolve) => {
      this.#whenFewKeys.push(resolve);
    });
  }

  resize(columns: number, rows: number): void {
    this.happen({ kind: 'key', lane: RESIZE_LANE, bytes: encodeSize(columns, rows) });
  }

  /** Frees everything at once; nobody is told. */
  dispose(): void {
    this.#over = true;
    this.#ticker.stop();
    this.#figures.stop();
    this.#hotCode.stop();
    this.#machine.drop();
    this.#links.closeAll('This tab has ended its machine.');
    this.#letType();
  }

  #drain(): void {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      const now = Math.max(this.#parts.now(), this.#state.now);
      const event = { ...next, now } as ReplicaEvent;
      const { state, effects } = step(this.#state, event, this.#config);
      this.#state = state;
      this.#settle(effects);
      if (this.#over) return;
    }
  }

  get #config(): ReplicaConfig {
    const { config } = this.#parts;
    return this.#figures.mustDrop ? { ...config, stagingPolicy: 'drop' } : config;
  }

  #makeLinks(): Links {
    return new Links({
      frame: (peer, frame) => {
        this.happen({ kind: 'frame', peer, frame });
      },
      badFrame: (peer, channel, error) => {
        this.happen({ kind: 'bad-frame', peer, channel, error });
      },
      lost: (peer) => {
        this.#parts.listener.linkClosed(peer);
        this.happen({ kind: 'peer-lost', peer });
      },
      drained: () => this.#machine.maker?.drained(),
    });
  }

  /** The machine that runs here and its standby, if it has one. */
  get #protectedMachine(): HotCodeView | undefined {
    const { desk } = this.#machine;
    const { protection } = this.#state.kind === 'running' ? this.#state : {};
    if (desk === undefined || protection?.kind !== 'protected') return undefined;
    const instructions = desk.channel.control.counter(COUNTER.instructions);
    return { memory: desk.parked.memory, instructions, peer: protection.peer };
  }

  /** The link to whom checkpoints go. */
  get #standby(): PeerId | undefined {
    const state = this.#state;
    return state.kind === 'running' && 'peer' in state.protection
      ? state.protection.peer
      : undefined;
  }

  /** Does something, and then deals with what has happened by it. */
  #guard(run: () => void): void {
    this.#busy = true;
    try {
      run();
      if (!this.#over) this.#drain();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#busy = false;
    }
  }

  #settle(effects: readonly Effect[]): void {
    this.#news.update(isTakingOver(this.#state));
    for (const effect of effects) this.#perform(effect);
    if (this.#state.inputs.logBytes <= MANY_KEYS_BYTES) this.#letType();
    const deadline = deadlineOf(this.#state);
    if (deadline !== undefined) this.#ticker.plan(deadline);
    if (this.#state.kind === 'ended' && !this.#over) this.#end(this.#state.sentence);
  }

  #letType(): void {
    for (const resolve of this.#whenFewKeys.splice(0)) resolve();
  }

  #end(sentence: string): void {
    const { listener } = this.#parts;
    listener.status(viewOf(this.#state));
    this.dispose();
    listener.ended(sentence);
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.dispose();
    this.#parts.listener.failed(error);
  }

  #tick(): void {
    if (this.#over) return;
    if (this.#machine.desk?.takeBeat() === true) this.happen({ kind: 'machine-beat' });
    this.happen({ kind: 'tick' });
  }

  #perform(effect: Effect): void {
    const { listener } = this.#parts;
    switch (effect.kind) {
      case 'send':
        this.#links.send(effect.peer, effect.term, effect.message);
        break;
      case 'close':
        this.#links.close(effect.peer, 'This tab closed the connection.');
        break;
      case 'ask-witness':
        this.#askWitness(effect);
        break;
      case 'find-primary':
        listener.findPrimary();
        break;
      case 'announce':
        listener.announce(effect.term);
        break;
      case 'show-output':
        this.#feed.push(effect.items, effect.lost);
        break;
      case 'discard-output':
        break;
      case 'input-refused':
        listener.refused(effect.sentence);
        break;
      case 'state-changed':
        listener.status(viewOf(this.#state));
        break;
      case 'notice':
        listener.notice({ level: effect.level, sentence: effect.sentence });
        break;
      case 'telemetry':
      case 'report':
      case 'failover':
        this.#figures.take(effect);
        break;
      default:
        this.#machine.perform(effect);
    }
  }

  #askWitness(claim: Claim): void {
    this.#parts.askWitness(claim).then(
      (verdict) => {
        this.happen({ kind: 'witness', ...verdict });
      },
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        const sentence = `The witness cannot be asked: ${reason}.`;
        this.happen({ kind: 'witness-failed', expected: claim.expected, sentence });
      },
    );
  }
}
