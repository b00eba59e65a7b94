/**
 * Keys. Each has a source (a keyboard), a lane (a queue of the machine) and a sequence number, and is
 * kept by those who know it until a committed checkpoint has consumed it: so a takeover can play it
 * again, and whoever gets it twice can tell. Nothing here knows what a key means.
 */
import { assert } from '../base/assert.ts';
import { INPUT_ITEM_BYTES, INPUT_LOG_BYTES, INPUT_SOURCES } from './limits.ts';
import type { AppliedInput, InputItem } from './messages.ts';

/** Highest sequence number by source and lane. */
type Sequences = ReadonlyMap<string, AppliedInput>;

export interface Inputs {
  /** This node's keyboard. */
  readonly source: string;
  /** Items not known to be in a committed checkpoint, in the order in which they were learnt. */
  readonly log: readonly InputItem[];
  readonly logBytes: number;
  /** Learnt, from whomever: a later copy is a double. */
  readonly known: Sequences;
  /** In the newest committed checkpoint. */
  readonly committed: Sequences;
  /** In the newest capture (primary). */
  readonly captured: Sequences;
  /** By lane: items given to the machine that no capture has seen consumed, oldest first. */
  readonly delivered: ReadonlyMap<string, readonly InputItem[]>;
  /** By lane: items that captures have seen consumed in this life of the machine. */
  readonly consumed: ReadonlyMap<string, number>;
}

export const newInputs = (source: string): Inputs => ({
  source,
  log: [],
  logBytes: 0,
  known: new Map(),
  committed: new Map(),
  captured: new Map(),
  delivered: new Map(),
  consumed: new Map(),
});

const keyOf = ({ source, lane }: Pick<InputItem, 'source' | 'lane'>): string => `${source} ${lane}`;

const reached = (sequences: Sequences, item: InputItem): boolean =>
  (sequences.get(keyOf(item))?.sequence ?? 0) >= item.sequence;

/** Raises entries; those raised last are last, and the first fall out over the limit. */
function raise(sequences: Sequences, entries: readonly AppliedInput[]): Sequences {
  if (entries.length === 0) return sequences;
  const next = new Map(sequences);
  for (const { source, lane, sequence } of entries) {
    const key = keyOf({ source, lane });
    const before = next.get(key)?.sequence ?? 0;
    next.delete(key);
    next.set(key, { source, lane, sequence: Math.max(before, sequence) });
  }
  for (const key of next.keys()) {
    if (next.size <= INPUT_SOURCES) break;
    next.delete(key);
  }
  return next;
}

/** Raises entries that are behind, and does not touch the others. */
const raiseOnly = (sequences: Sequences, entries: readonly AppliedInput[]): Sequences =>
  raise(
    sequences,
    entries.filter((entry) => (sequences.get(keyOf(entry))?.sequence ?? 0) < entry.sequence),
  );

const highest = (items: readonly InputItem[]): AppliedInput[] =>
  items.map(({ source, lane, sequence }) => ({ source, lane, sequence }));

function withLog(inputs: Inputs, log: readonly InputItem[]): Inputs {
  return { ...inputs, log, logBytes: log.reduce((sum, item) => sum + item.bytes.length, 0) };
}

/** A key typed here: cuts it into items. Undefined when the log has no room for it. */
export function typeKey(
  inputs: Inputs,
  lane: string,
  bytes: Uint8Array,
): { readonly inputs: Inputs; readonly items: readonly InputItem[] } | undefined {
  if (inputs.logBytes + bytes.length > INPUT_LOG_BYTES) return undefined;
  const { source } = inputs;
  let sequence = inputs.known.get(keyOf({ source, lane }))?.sequence ?? 0;
  const items: InputItem[] = [];
  for (let at = 0; at < bytes.length; at += INPUT_ITEM_BYTES) {
    sequence += 1;
    items.push({ source, lane, sequence, bytes: bytes.slice(at, at + INPUT_ITEM_BYTES) });
  }
  return { inputs: learn(inputs, items, () => true).inputs, items };
}

export interface Learnt {
  readonly inputs: Inputs;
  /** Those that were new, in order. Doubles, and items after a hole (they come again), are left out. */
  readonly items: readonly InputItem[];
}

/** Items from elsewhere. `refused`: how many were not understood; they count as consumed, and are no hole. */
export function learn(
  inputs: Inputs,
  items: readonly InputItem[],
  understands: (item: InputItem) => boolean,
): Learnt & { readonly refused: number } {
  const known = new Map(inputs.known);
  const fresh: InputItem[] = [];
  const next: InputItem[] = [];
  for (const item of items) {
    const key = keyOf(item);
    const before = known.get(key)?.sequence ?? 0;
    if (item.sequence !== before + 1) continue;
    known.set(key, { source: item.source, lane: item.lane, sequence: item.sequence });
    next.push(item);
    if (!understands(item)) continue;
    // Received bytes are views of their frame, which would be kept alive for a few keys.
    fresh.push({ ...item, bytes: item.bytes.slice() });
  }
  if (next.length === 0) return { inputs, items: fresh, refused: 0 };
  const bounded = raise(inputs.known, highest(next));
  const log = [...inputs.log, ...fresh];
  const learnt = withLog({ ...inputs, known: bounded }, log);
  return { inputs: learnt, items: fresh, refused: next.length - fresh.length };
}

/** Items go into the machine. Call it with everything that `deliver-inputs` carries, in order. */
export function deliver(inputs: Inputs, items: readonly InputItem[]): Inputs {
  const delivered = new Map(inputs.delivered);
  for (const item of items) {
    delivered.set(item.lane, [...(delivered.get(item.lane) ?? []), item]);
  }
  return { ...inputs, delivered };
}

/** A capture: `applied` counts the items of each lane that the captured state has consumed. */
export function captureInputs(
  inputs: Inputs,
  applied: Readonly<Record<string, number>>,
): { readonly inputs: Inputs; readonly since: readonly AppliedInput[] } {
  const delivered = new Map(inputs.delivered);
  const consumed = new Map(inputs.consumed);
  const done: InputItem[] = [];
  for (const [lane, count] of Object.entries(applied)) {
    const waiting = delivered.get(lane) ?? [];
    const before = consumed.get(lane) ?? 0;
    // What a lone machine has consumed is told at once, a capture made before it perhaps later: it is no news.
    const fresh = Math.max(0, count - before);
    assert(fresh <= waiting.length, `lane ${lane} consumed what it was not given`);
    done.push(...waiting.slice(0, fresh));
    delivered.set(lane, waiting.slice(fresh));
    consumed.set(lane, before + fresh);
  }
  const since = [...raise(new Map(), highest(done)).values()];
  const captured = raise(inputs.captured, since);
  return { inputs: { ...inputs, delivered, consumed, captured }, since };
}

/** What a checkpoint has consumed ever, for a first copy. */
export const capturedEver = (inputs: Inputs): AppliedInput[] => [...inputs.captured.values()];

/** A checkpoint that has consumed `applied` is committed: those items need not be kept. */
export function commitInputs(inputs: Inputs, applied: readonly AppliedInput[]): Inputs {
  const committed = raise(inputs.committed, applied);
  // Somebody may know of items that we never saw; they are no news any more.
  const known = raiseOnly(inputs.known, applied);
  const log = inputs.log.filter((item) => !reached(committed, item));
  return withLog({ ...inputs, committed, known }, log);
}

/**
 * The machine runs unprotected and has consumed these: nobody will ever play them again. `applied` as
 * in {@link captureInputs}.
 */
export function consumeInputs(
  inputs: Inputs,
  applied: Readonly<Record<string, number>>,
): { readonly inputs: Inputs; readonly since: readonly AppliedInput[] } {
  const { inputs: captured, since } = captureInputs(inputs, applied);
  return { inputs: since.length === 0 ? captured : commitInputs(captured, since), since };
}

/** The other side counts these as consumed: what follows them is no hole. */
export function skipConsumed(inputs: Inputs, since: readonly AppliedInput[]): Inputs {
  return { ...inputs, known: raiseOnly(inputs.known, since) };
}

/** What a new standby must keep: delivered, not in the capture. */
export const notCaptured = (inputs: Inputs): InputItem[] =>
  inputs.log.filter((item) => !reached(inputs.captured, item));

/** Keys that no committed checkpoint has consumed, as far as this node knows: sent (again) to a primary. */
export const uncommitted = (inputs: Inputs): InputItem[] =>
  inputs.log.filter((item) => !reached(inputs.committed, item));

/** A takeover: the machine is in the committed state, and everything in the log is played to it. */
export function replay(inputs: Inputs): Learnt {
  const items = uncommitted(inputs);
  const fresh: Inputs = {
    ...withLog(inputs, items),
    captured: inputs.committed,
    delivered: new Map(),
    consumed: new Map(),
  };
  return { inputs: deliver(fresh, items), items };
}
