/**
 * How the parties of a session find each other and exchange what WebRTC needs to connect them.
 * Who is present is known by asking, not by timers: those of hidden tabs are slow.
 */
import { assert } from '../../base/assert.ts';
import type { PairingKeys } from '../keys.ts';
import type { Carrier } from './carrier.ts';
import { ABOUT_CHARACTERS, ENVELOPE_BYTES, PARTIES, WAITING_ENVELOPES } from './limits.ts';
import type { ConnectionSignal, PartyId, SignalBody } from './messages.ts';
import { newId, Sealer, sealError, type Opened, type SealError, type WallClock } from './seal.ts';

/** A party that said that it is here. It may have gone since: its links know. */
export interface Presence {
  readonly party: PartyId;
  /** What it says about itself. */
  readonly about: string;
  /** When it was heard last, by our wall clock. */
  readonly heard: number;
}

export interface SignallingListener {
  /** A party wants to connect, or goes on with connecting. */
  signal(from: PartyId, signal: ConnectionSignal): void;
  /** Somebody came, went, or says something new about itself. */
  presence(): void;
  /** Something arrived that was not taken. `not-ours` from a joiner's own view: its secret is wrong. */
  refused(error: SealError): void;
}

export interface SignallingOptions {
  readonly carrier: Carrier;
  readonly keys: PairingKeys;
  /** What this party says about itself, at most ABOUT_CHARACTERS. */
  readonly about: string;
  readonly now?: WallClock;
}

/** Strangers are told that somebody is here at most so many times. */
const STRANGERS = 64;

export class Signalling {
  readonly self: PartyId = newId();
  readonly #carrier: Carrier;
  readonly #sealer: Sealer;
  readonly #now: WallClock;
  readonly #present = new Map<PartyId, Presence>();
  #about: string;
  #listener: SignallingListener | undefined;
  /** Messages leave and arrive in order, though sealing takes its time. */
  #outgoing: Promise<void> = Promise.resolve();
  #incoming: Promise<void> = Promise.resolve();
  #waiting = 0;
  #strangers = 0;
  #closed = false;

  constructor({ carrier, keys, about, now = Date.now }: SignallingOptions) {
    this.#carrier = carrier;
    this.#now = now;
    this.#sealer = new Sealer(this.self, keys, now);
    this.#about = checkedAbout(about);
  }

  /** Starts: says that this party is here and asks who else is. To be called once. */
  listen(listener: SignallingListener): void {
    assert(this.#listener === undefined, 'signalling has one listener');
    this.#listener = listener;
    this.#carrier.listen((bytes) => {
      this.#receive(bytes);
    });
    this.#post(undefined, { kind: 'here', about: this.#about });
    this.ask();
  }

  /** Others that were heard of and have not said good-bye. */
  get present(): readonly Presence[] {
    return [...this.#present.values()];
  }

  /** Asks all to say that they are here; `heard` of those who are will rise within milliseconds. */
  ask(): void {
    this.#post(undefined, { kind: 'who' });
  }

  /** Says something new about this party. */
  announce(about: string): void {
    this.#about = checkedAbout(about);
    this.#post(undefined, { kind: 'here', about });
  }

  /** Sends to one party; what does not arrive is noticed by the connection's timeout. */
  send(to: PartyId, signal: ConnectionSignal): void {
    this.#post(to, signal);
  }

  /** Says good-bye and ends. A page that is going may not live long enough for the word to leave. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#post(undefined, { kind: 'bye' });
    this.#closed = true;
    await this.#outgoing;
    this.#carrier.close();
  }

  #post(to: PartyId | undefined, body: SignalBody): void {
    if (this.#closed) return;
    const sealed = this.#sealer.seal(to, body);
    this.#outgoing = this.#outgoing.then(async () => {
      this.#carrier.post(await sealed);
    });
  }

  #receive(data: unknown): void {
    if (this.#closed) return;
    if (!(data instanceof Uint8Array) || data.length > ENVELOPE_BYTES) {
      this.#listener?.refused(sealError('not-sealed', 'It is no sealed message.'));
      return;
    }
    if (this.#waiting >= WAITING_ENVELOPES) {
      this.#listener?.refused(sealError('flood', 'Too many messages at once; some were dropped.'));
      return;
    }
    this.#waiting++;
    const opening = this.#sealer.open(data);
    this.#incoming = this.#incoming.then(async () => {
      const opened = await opening;
      this.#waiting--;
      if (this.#closed) return;
      if (!opened.ok) this.#refuse(opened.error);
      else if (opened.value !== undefined) this.#take(opened.value);
    });
  }

  #refuse(error: SealError): void {
    // Our word is as unreadable to a stranger as his to us: so he learns that his invitation is wrong.
    if (error.kind === 'not-ours' && this.#strangers < STRANGERS) {
      this.#strangers++;
      this.#post(undefined, { kind: 'here', about: this.#about });
    }
    this.#listener?.refused(error);
  }

  #take({ from, body }: Opened): void {
    switch (body.kind) {
      case 'who':
        this.#post(from, { kind: 'here', about: this.#about });
        return;
      case 'here':
        this.#hear(from, body.about);
        return;
      case 'bye':
        if (this.#present.delete(from)) this.#listener?.presence();
        return;
      default:
        this.#listener?.signal(from, body);
    }
  }

  #hear(party: PartyId, about: string): void {
    const known = this.#present.get(party);
    if (known === undefined && this.#present.size >= PARTIES) return;
    this.#present.set(party, { party, about, heard: this.#now() });
    if (known?.about !== about) this.#listener?.presence();
  }
}

function checkedAbout(about: string): string {
  assert(about.length <= ABOUT_CHARACTERS, 'too much is said about a party');
  return about;
}
