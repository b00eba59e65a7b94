/**
 * A sample and the machine's takeovers as bytes, for the other tabs' dashboards. What arrives is checked field by
 * field (R8): a word that is none of ours, or a number that is no number, and all of it is ignored.
 */
import type { Failover, TakeoverWord, Totals } from '../../../replication/statistics.ts';
import { newTotals } from '../../../replication/statistics.ts';
import { TELEMETRY_BYTES } from '../../../replication/limits.ts';
import type { PairSample, PressureWord, Spread, TakeoverRecord } from './sample.ts';

export interface Telemetry {
  readonly sample: PairSample;
  /** The newest, oldest first. */
  readonly takeovers: readonly TakeoverRecord[];
}

/** Some 300 bytes each. */
const MOST_TAKEOVERS = 32;

/** Never more than a message carries: the oldest takeovers are left out before that. */
export function encodeTelemetry({ sample, takeovers }: Telemetry): Uint8Array<ArrayBuffer> {
  const newest = takeovers.slice(-MOST_TAKEOVERS);
  for (;;) {
    const bytes = new TextEncoder().encode(JSON.stringify({ sample, takeovers: newest }));
    if (bytes.length <= TELEMETRY_BYTES || newest.length === 0) return bytes;
    newest.shift();
  }
}

type Fields = Readonly<Record<string, unknown>>;

class Malformed extends Error {}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed();
  return value as Fields;
}

function num(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Malformed();
  return value;
}

/** JSON leaves out what is undefined. */
const optional = (fields: Fields, name: string): number | undefined =>
  fields[name] === undefined ? undefined : num(fields, name);

function word<W extends string>(fields: Fields, name: string, words: readonly W[]): W {
  const found = words.find((one) => one === fields[name]);
  if (found === undefined) throw new Malformed();
  return found;
}

function spread(fields: Fields, name: string): Spread {
  const inner = fieldsOf(fields[name]);
  const [count, least, mean, most] = ['count', 'least', 'mean', 'most'].map((key) =>
    num(inner, key),
  );
  return { count: count ?? 0, least: least ?? 0, mean: mean ?? 0, most: most ?? 0 };
}

function totals(fields: Fields): Totals {
  const inner = fieldsOf(fields['totals']);
  const entries = Object.keys(newTotals(0)).map((name) => [name, num(inner, name)] as const);
  return { ...newTotals(0), ...Object.fromEntries(entries) };
}

const PRESSURES: readonly PressureWord[] = ['none', 'lengthen', 'throttle', 'drop'];
const REASONS: readonly TakeoverWord[] = [
  ...(['lock-released', 'channel-closed', 'bye', 'silent', 'hung', 'joined-anew'] as const),
  ...(['higher-term', 'rejects', 'no-commit', 'staging', 'no-hand-over', 'hand-over'] as const),
];

function sampleOf(value: unknown): PairSample {
  const fields = fieldsOf(value);
  return {
    at: num(fields, 'at'),
    intervalMs: num(fields, 'intervalMs'),
    committed: num(fields, 'committed'),
    pauseMs: spread(fields, 'pauseMs'),
    commitMs: spread(fields, 'commitMs'),
    outputDelayMs: spread(fields, 'outputDelayMs'),
    dirtyPages: spread(fields, 'dirtyPages'),
    rawBytes: num(fields, 'rawBytes'),
    wireBytes: num(fields, 'wireBytes'),
    sentBytes: num(fields, 'sentBytes'),
    exposureMs: optional(fields, 'exposureMs'),
    mips: num(fields, 'mips'),
    load: num(fields, 'load'),
    heldOutputBytes: num(fields, 'heldOutputBytes'),
    keysKept: num(fields, 'keysKept'),
    inFlight: num(fields, 'inFlight'),
    queued: num(fields, 'queued'),
    watchers: num(fields, 'watchers'),
    pressure: word(fields, 'pressure', PRESSURES),
    totals: totals(fields),
  };
}

function failoverOf(value: unknown): Failover {
  const fields = fieldsOf(value);
  return {
    term: num(fields, 'term'),
    epoch: num(fields, 'epoch'),
    why: word(fields, 'why', REASONS),
    lastCommitAt: num(fields, 'lastCommitAt'),
    lastHeardAt: num(fields, 'lastHeardAt'),
    noticedAt: num(fields, 'noticedAt'),
    witnessWonAt: num(fields, 'witnessWonAt'),
    firstInstructionAt: num(fields, 'firstInstructionAt'),
    firstOutputAt: optional(fields, 'firstOutputAt'),
    downtimeMs: num(fields, 'downtimeMs'),
    exposureMs: num(fields, 'exposureMs'),
    replayedKeys: num(fields, 'replayedKeys'),
  };
}

/** Undefined for bytes that no {@link encodeTelemetry} makes. */
export function decodeTelemetry(bytes: Uint8Array): Telemetry | undefined {
  if (bytes.length > TELEMETRY_BYTES) return undefined;
  try {
    const fields = fieldsOf(JSON.parse(new TextDecoder().decode(bytes)));
    const list = fields['takeovers'];
    if (!Array.isArray(list) || list.length > MOST_TAKEOVERS) return undefined;
    const takeovers = list.map((entry) => {
      const record = fieldsOf(entry);
      return { wallMs: num(record, 'wallMs'), failover: failoverOf(record['failover']) };
    });
    return { sample: sampleOf(fields['sample']), takeovers };
  } catch (error) {
    if (error instanceof Malformed || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The takeovers of two lists, each once, by their terms; the later word about one counts. */
export function mergeTakeovers(
  known: readonly TakeoverRecord[],
  news: readonly TakeoverRecord[],
): readonly TakeoverRecord[] {
  const byTerm = new Map(known.map((record) => [record.failover.term, record]));
  for (const record of news) byTerm.set(record.failover.term, record);
  return [...byTerm.values()].sort((a, b) => a.failover.term - b.failover.term);
}
