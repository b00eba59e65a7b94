/** Tabs with a replica each, their witness, and how they find each other. For tests only. */
import { defined } from '../../../../base/assert.ts';
import type { Compressor } from '../../../../checkpoint/compression.ts';
import { judge, newWitness, type Claim, type Verdict } from '../../../../replication/witness.ts';
import { Party, type PartyOptions, type Surroundings } from './party.ts';
import { Wire } from './wire.ts';

/** The parties' clock runs that much slower than ours: a busy computer makes nobody look silent. */
const SLOWNESS = 2;
/** A story that does not go on for so long, in milliseconds, has failed. */
const PATIENCE_MS = 15_000;

interface Waiter {
  readonly holds: () => boolean;
  readonly resolve: () => void;
}

export class World implements Surroundings {
  readonly compressor: Compressor;
  readonly parties: Party[] = [];
  readonly wires: Wire[] = [];
  /** False: the witness cannot be asked. */
  witnessAnswers = true;
  readonly #watches: { readonly node: string; readonly gone: () => void }[] = [];
  #witness = newWitness();
  #waiters: Waiter[] = [];
  #newest: { readonly party: Party; readonly term: number } | undefined;
  readonly #seekers = new Set<Party>();
  #links = 0;
  #apart = false;

  constructor(compressor: Compressor) {
    this.compressor = compressor;
  }

  /** Milliseconds of everybody's clock. */
  now(): number {
    return performance.now() / SLOWNESS;
  }

  get term(): number {
    return this.#witness.term;
  }

  /** Adds a tab that begins a machine, or joins it. */
  add(name: string, options: PartyOptions): Party {
    const party = new Party(name, this, options);
    this.parties.push(party);
    party.open();
    return party;
  }

  /** Something has happened: whoever waits looks again. */
  readonly look = (): void => {
    const done = this.#waiters.filter(({ holds }) => holds());
    this.#waiters = this.#waiters.filter((waiter) => !done.includes(waiter));
    for (const { resolve } of done) resolve();
  };

  /** Settles when `holds` does; it is asked whenever something has happened. */
  async until(what: string, holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const patience = setTimeout(() => {
        const told = this.parties.map((party) => party.describe()).join('\n');
        reject(new Error(`It never came to this: ${what}.\n${told}`));
      }, PATIENCE_MS);
      const done = (): void => {
        clearTimeout(patience);
        resolve();
      };
      this.#waiters.push({ holds, resolve: done });
    });
  }

  askWitness(claim: Claim): Promise<Verdict> {
    if (!this.witnessAnswers) return Promise.reject(new Error('the disk is full'));
    const { witness, verdict } = judge(this.#witness, claim);
    this.#witness = witness;
    return Promise.resolve(verdict);
  }

  watchNode(node: string, gone: () => void): () => void {
    const watch = { node, gone };
    this.#watches.push(watch);
    return () => {
      const at = this.#watches.indexOf(watch);
      if (at >= 0) this.#watches.splice(at, 1);
    };
  }

  /** The browser says that this party's process has ended, true or not. */
  sayGone(party: Party): void {
    for (const { node, gone } of [...this.#watches]) if (node === party.node) gone();
  }

  /** Ends a party as a killed process does: nobody hears anything of it. */
  kill(party: Party): void {
    for (const wire of party.wires.values()) wire.stop();
    party.dead = true;
    party.host.dispose();
  }

  announce(party: Party, term: number): void {
    if (term <= (this.#newest?.term ?? 0)) return;
    this.#newest = { party, term };
    for (const seeker of [...this.#seekers]) this.seek(seeker);
  }

  /** Connects a party to whoever has the machine, now or later. */
  seek(party: Party): void {
    const primary = this.#newest?.party;
    this.#seekers.add(party);
    if (this.#apart || primary === undefined || primary === party || primary.dead) return;
    this.#seekers.delete(party);
    // Not within the effects of an event.
    setImmediate(() => {
      if (!party.dead) this.connect(primary, party);
    });
  }

  /** Nobody finds anybody, until they may. */
  keepApart(apart: boolean): void {
    this.#apart = apart;
    if (!apart) for (const seeker of [...this.#seekers]) this.seek(seeker);
  }

  connect(a: Party, b: Party): Wire {
    const wire = new Wire(this.look);
    const peer = `link${String(++this.#links)}`;
    this.wires.push(wire);
    a.attach(peer, wire, wire.a);
    b.attach(peer, wire, wire.b);
    a.host.connected(peer);
    b.host.connected(peer);
    return wire;
  }

  /** The newest link. */
  get wire(): Wire {
    return defined(this.wires.at(-1), 'a link');
  }

  dispose(): void {
    for (const party of this.parties) this.kill(party);
  }
}
