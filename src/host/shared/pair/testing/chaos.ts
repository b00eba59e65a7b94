/** A random life of a machine among tabs that come, go, hang and are mistaken. For tests only. */
import { defined } from '../../../../base/assert.ts';
import type { SeededRandom } from '../../../../base/random.ts';
import type { Party } from './party.ts';
import type { Wire } from './wire.ts';
import type { World } from './world.ts';

const MOST_TABS = 4;

export class Chaos {
  readonly world: World;
  readonly story: string[] = [];
  /** Everything that was typed, and where. */
  readonly typed: { readonly key: string; readonly party: Party }[] = [];
  readonly #random: SeededRandom;
  #names = 0;

  constructor(world: World, random: SeededRandom) {
    this.world = world;
    this.#random = random;
  }

  /** Tabs that live, whatever their part. */
  get tabs(): Party[] {
    return this.world.parties.filter(({ dead, ended }) => !dead && ended === undefined);
  }

  /** Who has the machine, if that is agreed upon. */
  get primary(): Party | undefined {
    return this.tabs.find(
      ({ status, hasGuest }) =>
        status?.role === 'primary' && status.term === this.world.term && hasGuest,
    );
  }

  get standby(): Party | undefined {
    return this.tabs.find(
      ({ status }) => status?.role === 'standby' && status.word === 'protected',
    );
  }

  get isProtected(): boolean {
    return this.primary?.word === 'protected' && this.standby !== undefined;
  }

  add(begins: 'primary' | 'standby' | 'watch'): Party {
    this.#names += 1;
    return this.world.add(`tab${String(this.#names)}`, { begins });
  }

  async live(steps: number): Promise<void> {
    this.add('primary');
    await this.world.until('the machine runs', () => this.primary !== undefined);
    this.add('standby');
    await this.world.until('there is a link', () => this.world.wires.length > 0);
    for (let i = 0; i < steps; i++) {
      this.#act();
      await this.#pass();
    }
    await this.#settle();
  }

  /** A moment, or some time. */
  async #pass(): Promise<void> {
    const turns = this.#random.below(12);
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (this.#random.below(6) > 0) return;
    const samples = (): number =>
      this.world.parties.reduce((sum, party) => sum + party.samples.length, 0);
    const before = samples();
    // Without a primary there are none, for a while.
    if (this.primary !== undefined) await this.world.until('time passes', () => samples() > before);
  }

  #act(): void {
    const actions: readonly (() => string | undefined)[] = [
      ...[this.#count, this.#count, this.#count, this.#noise],
      ...[this.#type, this.#type, this.#type, this.#type, this.#type],
      ...[this.#join, this.#hold, this.#release, this.#release, this.#damage, this.#cut],
      ...[this.#mistake, this.#kill, this.#kill, this.#freeze, this.#thaw, this.#handOver],
    ];
    const done = this.#random.pick(actions).call(this);
    if (done !== undefined) this.story.push(done);
  }

  #count(): string | undefined {
    const times = 1 + this.#random.below(4);
    this.primary?.guest.counts(times);
    return `counts ${String(times)}`;
  }

  #type(): string | undefined {
    const party = this.#random.pick(this.tabs);
    if (party.word === 'starting' || party.name === '') return undefined;
    const key = `k${String(this.typed.length)};`;
    const refusals = party.refused.length;
    void party.type(key);
    if (party.refused.length > refusals) return undefined;
    this.typed.push({ key, party });
    return `${party.name} types ${key}`;
  }

  #noise(): string | undefined {
    const guest = this.primary?.guest;
    const [page, seed] = [120 + this.#random.below(80), this.#random.u32()];
    guest?.do(() => {
      guest.memory.noise(page, 30, seed);
    });
    return `noise at ${String(page)}`;
  }

  #join(): string | undefined {
    if (this.tabs.length >= MOST_TABS) return undefined;
    const wants = this.#random.below(4) === 0 ? 'watch' : 'standby';
    return `${this.add(wants).name} joins to ${wants}`;
  }

  #wire(): Wire {
    return this.#random.pick(this.world.wires.slice(-3));
  }

  #hold(): string {
    const [end, channel] = [
      this.#random.pick(['a', 'b'] as const),
      this.#random.pick(['bulk', 'control', 'heartbeat'] as const),
    ];
    this.#wire().hold(end, channel);
    return `${channel} of ${end} is held up`;
  }

  #release(): string {
    for (const wire of this.world.wires) if (!this.#isFrozen(wire)) wire.release();
    return 'all goes on';
  }

  #isFrozen(wire: unknown): boolean {
    const stands = this.world.parties.filter(({ dead, frozen }) => dead || frozen);
    return stands.some(({ wires }) => [...wires.values()].some((other) => other === wire));
  }

  #damage(): string {
    const channel = this.#random.pick(['bulk', 'bulk', 'control', 'heartbeat'] as const);
    this.#wire().damageNext(this.#random.pick(['a', 'b'] as const), channel);
    return `damage to ${channel}`;
  }

  #cut(): string | undefined {
    if (this.#random.below(2) === 0) return undefined;
    this.#wire().cut();
    return 'a link breaks';
  }

  /** Only where somebody can go on. */
  #mistake(): string | undefined {
    const { primary } = this;
    if (!this.isProtected || primary === undefined) return undefined;
    this.world.sayGone(primary);
    return `${primary.name} is said to be dead`;
  }

  #kill(): string | undefined {
    const { primary, standby } = this;
    if (!this.isProtected || primary === undefined || standby === undefined) return undefined;
    if (standby.frozen) return undefined;
    const party = this.#random.below(3) === 0 ? standby : primary;
    this.world.kill(party);
    if (this.#random.below(2) === 0) this.world.sayGone(party);
    return `${party.name} dies`;
  }

  #freeze(): string | undefined {
    const { primary } = this;
    if (!this.isProtected || primary === undefined) return undefined;
    primary.freeze();
    return `${primary.name} stands still`;
  }

  #thaw(): string | undefined {
    const frozen = this.tabs.filter((party) => party.frozen);
    for (const party of frozen) party.thaw();
    return frozen.length > 0 ? 'all move again' : undefined;
  }

  #handOver(): string | undefined {
    this.primary?.host.happen({ kind: 'hand-over' });
    return 'a hand-over is asked for';
  }

  /** All disturbances end, and somebody protects the machine. */
  async #settle(): Promise<void> {
    this.#thaw();
    this.#release();
    // Their browsers notice at last that those at the other end are gone.
    for (const { dead, wires } of this.world.parties) {
      if (dead) for (const wire of wires.values()) wire.cut();
    }
    await this.world.until('somebody has it', () => this.primary !== undefined);
    if (this.tabs.length < 2) this.add('standby');
    if (!this.tabs.some(({ status }) => status?.role === 'standby')) this.add('standby');
    const haveSeen = (): boolean => this.tabs.every(({ screen }) => screen.includes('the end'));
    for (let tries = 0; tries < 3 && !haveSeen(); tries++) {
      await this.world.until('it is protected', () => this.isProtected);
      const primary = defined(this.primary, 'a primary');
      const { guest } = primary;
      guest.do(() => {
        guest.print('the end');
      });
      // A hand-over may be under way: then the guest goes on elsewhere, and nobody has said it.
      await this.world.until(
        'all have seen the end',
        () => haveSeen() || (this.primary !== undefined && this.primary !== primary),
      );
    }
    const keys = this.typed.filter(({ party }) => this.tabs.includes(party));
    await this.world.until('their keys have come', () =>
      keys.every(({ key }) => this.primary?.guest.typed.includes(key)),
    );
    await this.world.until('all have seen them', () =>
      this.tabs.every(({ screen }) => keys.every(({ key }) => screen.includes(`<${key}>`))),
    );
  }
}
