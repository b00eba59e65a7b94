/** A simulated world: parties, network, witness on its disk, oracle, and the faults that are planned for it. */
import { ByteWriter } from '../src/base/bytes.ts';
import { SeededRandom } from '../src/base/random.ts';
import type { Compressor } from '../src/checkpoint/compression.ts';
import type { ReplicaConfig } from '../src/replication/config.ts';
import { crc32c } from '../src/replication/crc32c.ts';
import type { Effect } from '../src/replication/effects.ts';
import type { ReplicaEvent } from '../src/replication/events.ts';
import type { ReplicaState } from '../src/replication/state.ts';
import { judge, newWitness, type Witness } from '../src/replication/witness.ts';
import { MemoryPool } from './memory.ts';
import { NO_MUTATION, type Mutation } from './mutations.ts';
import { FAIR, Network } from './network.ts';
import { Oracle, Violation } from './oracle.ts';
import { Party } from './party.ts';
import { Agenda } from './queue.ts';
import type { Story } from './story.ts';

/** A killed renderer's lock is free after 11-16 ms. */
const LOCK_MS = 11;
/** The disk under the witness. */
const DISK_MS = 0.4;

export interface WorldOptions {
  readonly seed: number;
  readonly compressor: Compressor;
  readonly mutation?: Mutation;
  readonly story?: Story;
  /** Deaths are noticed by released locks, as in one browser; else by silence alone. */
  readonly oneBrowser?: boolean;
}

export class World {
  readonly agenda = new Agenda();
  readonly random: SeededRandom;
  readonly network: Network;
  readonly oracle = new Oracle();
  readonly memories = new MemoryPool();
  readonly compressor: Compressor;
  readonly parties: Party[] = [];
  readonly mutation: Mutation;
  witness: Witness = newWitness();
  /** The witness does not answer before this time. */
  witnessAwayUntil = 0;
  /** The machine may be lost: nobody held a whole copy when somebody died. */
  mayBeLost = false;
  steps = 0;
  /** Called at every point where a fault may strike: events and effects, numbered. */
  onPoint: (point: number, party: Party) => void = () => undefined;
  #points = 0;
  readonly #story: Story | undefined;
  readonly #oneBrowser: boolean;

  constructor({ seed, compressor, mutation, story, oneBrowser }: WorldOptions) {
    this.compressor = compressor;
    this.random = new SeededRandom(seed);
    this.mutation = mutation ?? NO_MUTATION;
    this.#story = story;
    this.#oneBrowser = oneBrowser ?? true;
    this.network = new Network(this.agenda, this.random, this.parties);
    this.network.weather = FAIR;
  }

  configOf(node: string): ReplicaConfig {
    return {
      ...{ machine: 'sim', node, capacityBytes: 1 << 30 },
      ...{ intervalMs: 20, stagingPolicy: 'lengthen', extendDigest },
      understands: () => true,
    };
  }

  add(role: 'primary' | 'standby' | 'watch'): Party {
    const party = new Party(this, this.parties.length, role);
    this.parties.push(party);
    this.note(party, `opens as ${role}`);
    return party;
  }

  /** Runs until `end` (milliseconds). */
  run(end: number): void {
    while (this.agenda.next(end)) this.steps += 1;
    this.agenda.now = end;
  }

  get points(): number {
    return this.#points;
  }

  /** A place where a fault may strike. */
  point(party: Party, what: string): void {
    this.#points += 1;
    if (what !== 'send') this.#story?.detail(this.agenda.now, party.name, () => `does ${what}`);
    this.onPoint(this.#points, party);
  }

  note(party: Party, what: string): void {
    this.#story?.tell(this.agenda.now, party.name, what);
  }

  told(party: Party, event: ReplicaEvent): void {
    this.#story?.event(this.agenda.now, party.name, event);
  }

  noted(party: Party, effect: Effect): void {
    this.#story?.effect(this.agenda.now, party.name, effect);
  }

  /** A party's state changed: two may not run in one term. */
  turned(party: Party, before: ReplicaState): void {
    const { state } = party;
    this.note(party, `${before.kind} → ${state.kind}, term ${state.term}`);
    if (state.kind === 'running') this.oracle.runs(party.name, state.term);
  }

  // The witness, behind a link of its own and on a disk

  askWitness(party: Party, expected: number, claimant: string): void {
    const delay = 0.2 + this.random.below(20) / 10;
    this.agenda.after(delay, () => {
      if (this.agenda.now < this.witnessAwayUntil) return;
      const { witness, verdict } = judge(this.witness, { expected, claimant });
      this.agenda.after(DISK_MS, () => {
        party.hand(() => {
          party.happen({ kind: 'witness', ...verdict });
        });
      });
      this.witness = witness;
      this.note(party, `${verdict.granted ? 'won' : 'did not win'} term ${expected + 1}`);
    });
  }

  /** Who answers when a node asks for the primary. */
  primaryFor(seeker: Party): Party | undefined {
    const answers = this.parties.filter(
      (party) =>
        party !== seeker &&
        party.alive &&
        !party.paused &&
        party.state.kind === 'running' &&
        !this.network.isCut(party.index, seeker.index) &&
        !this.network.isCut(seeker.index, party.index),
    );
    return answers.sort((a, b) => b.state.term - a.state.term)[0];
  }

  // Faults

  kill(party: Party): void {
    if (!party.alive) return;
    this.#mayLose(party);
    party.kill();
    this.note(party, 'is killed');
    this.network.breakLinks(party.index, undefined, false);
    if (!this.#oneBrowser) return;
    for (const other of this.parties) {
      // Those who waited for the lock of the primary they knew.
      other.after(LOCK_MS + this.random.below(50) / 10, () => {
        if (party.state.role === 'primary' && other.state.role === 'standby') {
          other.happen({ kind: 'primary-gone', word: 'lock-released' });
        }
      });
    }
  }

  leave(party: Party): void {
    if (!party.alive || party.paused) return;
    this.#mayLose(party);
    this.note(party, 'is closed');
    party.happen({ kind: 'leave' });
    party.kill();
    // Its last words are out before its links break.
    this.agenda.after(200, () => {
      this.network.breakLinks(party.index, undefined, true);
    });
  }

  pause(party: Party): void {
    if (!party.alive || party.paused) return;
    party.paused = true;
    this.note(party, 'stands still');
  }

  resume(party: Party): void {
    if (!party.alive || !party.paused) return;
    this.note(party, 'goes on');
    party.resume();
  }

  /** Whoever dies may be the last to have the machine. */
  #mayLose(dying: Party): void {
    const { term } = this.witness;
    const survives = this.parties.some((party) => {
      if (party === dying || !party.alive) return false;
      const { state } = party;
      if (state.kind === 'running') return state.term === term;
      if (state.kind === 'deciding') return state.term === term || state.won !== undefined;
      return state.kind === 'ready' && state.term === term;
    });
    // One who dies with a claim under way may win it after its death.
    const { state } = dying;
    const claims =
      state.kind === 'opening' ||
      state.kind === 'deciding' ||
      (state.kind === 'running' && state.protection.kind === 'suspect');
    if (!survives || claims) this.mayBeLost = true;
  }

  /** Asserts what must hold whenever the world is at rest. */
  check(): void {
    this.oracle.numbered();
  }

  fail(rule: Violation['rule'], message: string): never {
    throw new Violation(rule, message);
  }
}

/** 64 bits are enough against the faults of this network. */
export function extendDigest(previous: Uint8Array, bytes: Uint8Array): Uint8Array {
  const start = previous.length === 0 ? 0 : new DataView(previous.buffer).getUint32(0, true);
  return new ByteWriter().u32(crc32c(bytes, start)).u32(bytes.length).finish();
}
