/**
 * Sees everything, and says when a promise is broken. Rules are those of the design: R3 output
 * commit, R4 all or nothing, R5 one runner; and for people: nothing shown twice, nothing missing, no key
 * lost or doubled, no dirty page lost.
 */
import type { PlacedOutput } from '../src/replication/messages.ts';
import { Guest } from './guest.ts';
import type { Snapshot } from './machine.ts';

export type Rule =
  | 'R3 output commit'
  | 'R4 all or nothing'
  | 'R5 one runner'
  | 'output lost'
  | 'output repeated'
  | 'key lost or doubled'
  | 'dirty page lost'
  | 'liveness'
  | 'crash';

export class Violation extends Error {
  override readonly name = 'Violation';
  readonly rule: Rule;

  constructor(rule: Rule, message: string) {
    super(`${rule}: ${message}`);
    this.rule = rule;
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
const text = new TextDecoder();

export class Oracle {
  /** What anybody has seen, by device: there is one stream, whoever shows it. */
  readonly seen = new Map<string, string>();
  readonly #next = new Map<string, number>();
  readonly #viewerTerm = new Map<string, number>();
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #runners = new Map<number, string>();
  takeovers = 0;
  checkpoints = 0;
  shownBytes = 0;

  captured(term: number, epoch: number, snapshot: Snapshot): void {
    this.#snapshots.set(`${term}:${epoch}`, snapshot);
    // Two windows back nothing can be committed any more.
    this.#snapshots.delete(`${term}:${epoch - 24}`);
    this.checkpoints += 1;
  }

  #compare(
    rule: Rule,
    who: string,
    term: number,
    epoch: number,
    ram: Uint8Array,
    section: Uint8Array,
  ): void {
    const snapshot = this.#snapshots.get(`${term}:${epoch}`);
    if (snapshot === undefined) {
      throw new Violation(
        rule,
        `${who} holds checkpoint ${epoch} of term ${term}, which never was`,
      );
    }
    if (!same(snapshot.section, section)) {
      throw new Violation(rule, `${who}'s registers are not those of checkpoint ${epoch}`);
    }
    if (!same(snapshot.ram, ram)) {
      const at = snapshot.ram.findIndex((byte, i) => byte !== ram[i]);
      throw new Violation(rule, `${who}'s RAM differs from checkpoint ${epoch} at ${at}`);
    }
  }

  /** A standby has applied a checkpoint: its copy is that checkpoint, byte for byte. */
  applied(who: string, term: number, epoch: number, ram: Uint8Array, section: Uint8Array): void {
    this.#compare('dirty page lost', who, term, epoch, ram, section);
  }

  /** Somebody runs the guest in `term`. */
  runs(who: string, term: number): void {
    const other = this.#runners.get(term);
    if (other !== undefined && other !== who) {
      throw new Violation('R5 one runner', `${who} and ${other} both run in term ${term}`);
    }
    this.#runners.set(term, who);
  }

  /** A takeover from checkpoint `epoch` of `term`. */
  tookOver(who: string, term: number, epoch: number, ram: Uint8Array, section: Uint8Array): void {
    this.takeovers += 1;
    this.#compare('R4 all or nothing', who, term, epoch, ram, section);
    // What the survivor knows to have put out, by the guest's own count of lines.
    const guest = new Guest(ram);
    guest.restore(section);
    for (const [device, shown] of this.seen) {
      const lines = shown.split('\n').length - 1;
      const known = guest.lines(device);
      if (lines > known) {
        throw new Violation(
          'R3 output commit',
          `${device} has shown ${lines} lines, but ${who} goes on after line ${known}`,
        );
      }
    }
  }

  /** A terminal shows output. */
  showed(viewer: string, term: number, items: readonly PlacedOutput[], lost: number): void {
    if (lost > 0) throw new Violation('output lost', `${viewer} misses ${lost} bytes`);
    const before = this.#viewerTerm.get(viewer) ?? 0;
    if (term < before) {
      throw new Violation('R5 one runner', `${viewer} shows term ${term} after term ${before}`);
    }
    this.#viewerTerm.set(viewer, term);
    for (const item of items) this.#showItem(viewer, item);
  }

  #showItem(viewer: string, item: PlacedOutput): void {
    const key = `${viewer} ${item.device}`;
    const next = this.#next.get(key) ?? item.position;
    if (item.position !== next) {
      const rule = item.position < next ? 'output repeated' : 'output lost';
      throw new Violation(rule, `${key} shows byte ${item.position} where ${next} is due`);
    }
    const bytes = text.decode(item.bytes);
    this.shownBytes += bytes.length;
    this.#next.set(key, next + bytes.length);
    const seen = this.seen.get(item.device) ?? '';
    const overlap = seen.slice(item.position, item.position + bytes.length);
    if (!bytes.startsWith(overlap)) {
      throw new Violation(
        'output repeated',
        `${key} shows ${JSON.stringify(bytes)} where others saw ${JSON.stringify(overlap)}`,
      );
    }
    if (item.position > seen.length) {
      throw new Violation('output lost', `nobody has seen what comes before byte ${item.position}`);
    }
    this.seen.set(item.device, seen + bytes.slice(seen.length - item.position));
  }

  /** At the end: what a terminal has shown, it has shown to the last byte. */
  complete(viewer: string): void {
    for (const [device, seen] of this.seen) {
      const next = this.#next.get(`${viewer} ${device}`);
      if (next !== undefined && next !== seen.length) {
        throw new Violation(
          'output lost',
          `${viewer} never got ${seen.length - next} bytes of ${device}`,
        );
      }
    }
  }

  /** At the end: lines are numbered without a gap or a repeat. */
  numbered(): void {
    for (const [device, seen] of this.seen) {
      const lines = seen.split('\n').slice(0, -1);
      const bad = lines.findIndex((line, i) => !line.startsWith(`${i + 1} `));
      if (bad >= 0) {
        throw new Violation(
          'output lost',
          `line ${bad + 1} of ${device} reads ${lines[bad] ?? ''}`,
        );
      }
    }
  }
}
