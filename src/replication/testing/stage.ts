/**
 * A stage for stories: replicas, a witness and hosts that do at once what they are asked, and a log
 * of what a person would tell. Messages wait on the wire until they are delivered.
 */
import { ByteWriter } from '../../base/bytes.ts';
import { defined } from '../../base/assert.ts';
import type { MachineFacts, ReplicaConfig } from '../config.ts';
import { crc32c } from '../crc32c.ts';
import type { Effect } from '../effects.ts';
import type { CaptureFacts, ReplicaEvent, StagedFacts } from '../events.ts';
import { decodeFrame, encodeFrame } from '../frame.ts';
import type { InputItem, Message, PlacedOutput } from '../messages.ts';
import { startPrimary, startStandby, step } from '../replica.ts';
import type { ReplicaState } from '../state.ts';
import { judge, newWitness, type Witness } from '../witness.ts';

export const MIB = 1 << 20;

export const MACHINE: MachineFacts = {
  ramBytes: 64 * MIB,
  baseline: Uint8Array.of(1, 2, 3),
  description: Uint8Array.of(9),
};

export const STAGED: StagedFacts = { dirtyPages: 3, zeroPages: 1, rawBytes: 12_288, copyMs: 1 };

export const digestOf = (previous: Uint8Array, bytes: Uint8Array): Uint8Array =>
  new ByteWriter().u32(crc32c(bytes, previous[0] ?? 0)).finish();

/** Empty items mean nothing to anybody here. */
const understands = ({ bytes }: InputItem): boolean => bytes.length > 0;

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const spell = (bytes: Uint8Array): string =>
  JSON.stringify(new TextDecoder().decode(bytes.slice()));

type WithoutNow<E> = E extends ReplicaEvent ? Omit<E, 'now'> : never;
export type Told = WithoutNow<ReplicaEvent>;

interface Packet {
  readonly from: Actor;
  readonly to: Actor;
  readonly link: string;
  readonly bytes: Uint8Array;
}

/** Parts of the story that are there by the hundred. */
const UNTOLD = ['heartbeat'];

export class Stage {
  now = 1000;
  witness: Witness = newWitness();
  /** The witness answers at once; else its answers wait for `answer`. */
  prompt = true;
  readonly claims: (() => void)[] = [];
  readonly actors: Actor[] = [];
  wire: Packet[] = [];
  #log: string[] = [];
  #links = 0;

  add(
    name: string,
    start: 'primary' | 'standby' | 'watch',
    config?: Partial<ReplicaConfig>,
  ): Actor {
    const actor = new Actor(this, name, start, config ?? {});
    this.actors.push(actor);
    return actor;
  }

  /** Connects two; the first one is told first. */
  connect(a: Actor, b: Actor): string {
    const link = `${a.name}${b.name}${++this.#links}`;
    a.links.set(link, b);
    b.links.set(link, a);
    a.tell({ kind: 'peer-connected', peer: link });
    b.tell({ kind: 'peer-connected', peer: link });
    return link;
  }

  note(line: string): void {
    this.#log.push(line);
  }

  /** What happened since the last call. */
  story(): string[] {
    const told = this.#log;
    this.#log = [];
    return told;
  }

  /** Delivers messages, and those that answer them, until the wire is empty. */
  deliver(): void {
    for (let i = 0; this.wire.length > 0; i++) {
      if (i > 10_000) throw new Error('they never stop talking');
      const { to, link, bytes } = defined(this.wire.shift(), 'packet');
      to.receive(link, bytes);
    }
  }

  /** Until `standby` protects the machine of `primary`; the story up to there is forgotten. Returns the link. */
  protect(primary: Actor, standby: Actor): string {
    const link = this.connect(primary, standby);
    this.deliver();
    this.pass(20);
    this.story();
    return link;
  }

  /** Throws away what is on the wire. */
  lose(): void {
    this.wire = [];
  }

  /** Time passes in steps of 10 ms; everybody living is told, and messages are delivered. */
  pass(ms: number, deliver = true): void {
    for (let left = ms; left > 0; left -= 10) {
      this.now += Math.min(10, left);
      for (const actor of this.actors) {
        if (actor.beats && actor.state.kind === 'running') actor.tell({ kind: 'machine-beat' });
        actor.tell({ kind: 'tick' });
      }
      if (deliver) this.deliver();
    }
  }
}

export const protectionOf = (actor: Actor): string =>
  actor.state.kind === 'running' ? actor.state.protection.kind : actor.state.kind;

export class Actor {
  readonly name: string;
  readonly links = new Map<string, Actor>();
  state: ReplicaState;
  /** Dead ones hear and say nothing; stopped ones hear later. */
  alive = true;
  stopped = false;
  /** Does what effects ask at once; else the test tells it. */
  host = true;
  /** Its machine's worker gives signs of life. */
  beats = true;
  /** Input items taken by the guest, by lane. */
  readonly taken: Record<string, number> = {};
  readonly effects: Effect[] = [];
  readonly #stage: Stage;
  readonly #config: ReplicaConfig;
  #queue: (() => void)[] = [];
  readonly #verdicts: (() => void)[] = [];

  constructor(
    stage: Stage,
    name: string,
    start: 'primary' | 'standby' | 'watch',
    config: Partial<ReplicaConfig>,
  ) {
    this.#stage = stage;
    this.name = name;
    this.#config = {
      ...{ machine: 'm', node: name, capacityBytes: 256 * MIB, intervalMs: 20 },
      ...{ stagingPolicy: 'throttle', extendDigest: digestOf, understands },
      ...config,
    };
    const first =
      start === 'primary'
        ? startPrimary(this.#config, MACHINE, stage.now)
        : startStandby(this.#config, start, stage.now);
    this.state = first.state;
    this.#perform(first.effects);
  }

  tell(event: Told): void {
    if (!this.alive) return;
    if (this.stopped) {
      if (event.kind !== 'tick' && event.kind !== 'machine-beat')
        this.#queue.push(() => this.tell(event));
      return;
    }
    const { state, effects } = step(this.state, { ...event, now: this.#stage.now }, this.#config);
    const before = this.state;
    this.state = state;
    if (before.kind !== state.kind)
      this.#stage.note(`${this.name}: ${before.kind} → ${state.kind}`);
    this.#perform(effects);
  }

  resume(): void {
    this.stopped = false;
    const queue = this.#queue;
    this.#queue = [];
    for (const run of queue) run();
  }

  receive(link: string, bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    if (frame.ok) this.tell({ kind: 'frame', peer: link, frame: frame.value });
    else this.tell({ kind: 'bad-frame', peer: link, channel: 'bulk', error: frame.error });
  }

  /** The guest prints. */
  print(line: string): void {
    this.tell({
      kind: 'output',
      outputs: [{ device: 'console0', kind: 'console', bytes: text(line) }],
    });
  }

  type(keys: string): void {
    this.tell({ kind: 'key', lane: 'line', bytes: text(keys) });
  }

  #note(line: string): void {
    this.#stage.note(`${this.name} ${line}`);
  }

  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      this.effects.push(effect);
      this.#tellEffect(effect);
      this.#do(effect);
    }
    // However prompt the witness is, its answer is an event behind these effects.
    for (const answer of this.#verdicts.splice(0)) answer();
  }

  #tellEffect(effect: Effect): void {
    const line = spellEffect(effect);
    if (line !== undefined) this.#note(line);
  }

  #do(effect: Effect): void {
    const stage = this.#stage;
    switch (effect.kind) {
      case 'send':
        this.#send(effect.peer, effect.term, effect.message);
        break;
      case 'ask-witness': {
        const { witness, verdict } = judge(stage.witness, effect);
        const answer = (): void => {
          this.tell({ kind: 'witness', ...verdict });
        };
        stage.witness = witness;
        if (stage.prompt) this.#verdicts.push(answer);
        else stage.claims.push(answer);
        break;
      }
      case 'prepare':
        if (this.host) this.tell({ kind: 'prepared', baseline: MACHINE.baseline });
        break;
      case 'start-guest':
        if (this.host) this.tell({ kind: 'guest-started' });
        break;
      case 'capture':
        if (this.host) this.capture(effect.epoch);
        break;
      case 'apply':
        if (this.host) this.tell({ kind: 'applied', epoch: effect.epoch });
        break;
      case 'deliver-inputs':
        for (const { lane } of effect.items) this.taken[lane] = (this.taken[lane] ?? 0) + 1;
        break;
      default:
    }
  }

  #send(peer: string, term: number, message: Message): void {
    const to = this.links.get(peer);
    if (to === undefined) return;
    if (!UNTOLD.includes(message.kind)) {
      this.#stage.note(`${this.name} → ${to.name}: ${spellMessage(message)}`);
    }
    this.#stage.wire.push({ from: this, to, link: peer, bytes: encodeFrame(term, message) });
  }

  /** The host makes the checkpoint that was asked for: one chunk of pages, one of sections. */
  capture(epoch: number, facts: Partial<CaptureFacts> = {}): void {
    const applied = { ...this.taken };
    const all = { pauseMs: 0.1, instructions: 1n, guestTime: 2n, applied, ...facts };
    this.tell({ kind: 'captured', epoch, facts: all });
    this.tell({ kind: 'chunk', epoch, part: 'pages', bytes: text(`pages ${epoch}`) });
    this.tell({ kind: 'chunk', epoch, part: 'sections', bytes: text(`cpu ${epoch}`) });
    this.tell({ kind: 'staged', epoch, facts: STAGED });
  }
}

const spellItems = (items: readonly PlacedOutput[]): string =>
  items.map(({ bytes }) => spell(bytes)).join(' ');
const spellKeys = (items: readonly InputItem[]): string =>
  items.map(({ source, sequence, bytes }) => `${source}${sequence}=${spell(bytes)}`).join(' ');

function spellMessage(message: Message): string {
  switch (message.kind) {
    case 'welcome':
      return `welcome as ${message.as}`;
    case 'begin':
      return `begin ${message.epoch} on ${message.base}`;
    case 'pages':
    case 'sections':
      return `${message.kind} ${message.epoch}`;
    case 'outputs':
      return `outputs ${message.epoch} ${spellItems(message.items)}`;
    case 'commit':
      return `commit ${message.epoch}${message.protects ? ', protects' : ''}`;
    case 'acknowledge':
    case 'abort':
      return `${message.kind} ${message.epoch}`;
    case 'reject':
      return `reject ${message.code}${message.epoch > 0 ? ` ${message.epoch}` : ''}`;
    case 'inputs':
      return `keys ${spellKeys(message.items)}`.trim();
    case 'released':
      return `released ${spellItems(message.items)}`;
    case 'takeover':
      return `takeover ${message.what} after ${message.epoch}`;
    case 'shutdown':
      return `shutdown ${message.reason}`;
    default:
      return message.kind;
  }
}

/** Effects that a person would tell; undefined for the others. */
function spellEffect(effect: Effect): string | undefined {
  switch (effect.kind) {
    case 'ask-witness':
      return `asks the witness for term ${effect.expected + 1}`;
    case 'capture':
      return `captures ${effect.epoch} (${effect.scope})`;
    case 'merge-dirty':
      return `makes ${effect.epochs.join(', ')} dirty again`;
    case 'deliver-inputs':
      return `gives the guest ${spellKeys(effect.items)}`;
    case 'throttle':
      return `${effect.on ? 'holds the guest' : 'lets the guest go'}: ${effect.why}`;
    case 'start-guest':
      return `starts the guest: ${effect.cause} after ${effect.epoch}`;
    case 'arm-guest':
      return `arms the guest after ${effect.epoch}`;
    case 'speculate':
      return `lets the guest run ahead from ${effect.epoch}`;
    case 'roll-back':
      return `takes the guest back to ${effect.epoch}`;
    case 'stop-guest':
      return 'stops the guest';
    case 'discard-output':
      return effect.bytes > 0 ? `throws away ${effect.bytes} bytes of output` : undefined;
    case 'show-output':
      return `shows ${spellItems(effect.items)}`;
    case 'input-refused':
      return `refuses a key: ${effect.sentence}`;
    case 'discard-staging':
      return `forgets what is staged of ${effect.epochs.join(', ')}`;
    case 'notice':
      return effect.level === 'warning' ? `warns: ${effect.sentence}` : undefined;
    case 'find-primary':
      return 'looks for the primary';
    case 'hot-code':
      return `hears of hot code in ${effect.bytes.length} bytes`;
    case 'telemetry':
      return `hears figures of ${effect.bytes.length} bytes`;
    default:
      return undefined;
  }
}
