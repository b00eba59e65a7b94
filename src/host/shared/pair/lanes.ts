/** What the items of the pair's input log mean to a machine. */
import { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import type { InputItem } from '../../../replication/messages.ts';
import { INPUT_LANES, type HostInput } from '../channel.ts';

/** A key's lane is its device; sizes of the terminal have one of their own. */
export const RESIZE_LANE = 'resize';

/** A terminal has at least one character, and no more of them than fit into 16 bits. */
const MOST_CELLS = 0xffff;
const cells = (count: number): number => (count >= 1 ? Math.min(count, MOST_CELLS) : 1);

export const encodeSize = (columns: number, rows: number): Uint8Array =>
  new ByteWriter().u16(cells(columns)).u16(cells(rows)).finish();

/** Undefined for an item of a lane that this program does not know, or of another shape. */
export function inputOf({ lane, bytes }: InputItem): HostInput | undefined {
  if (!(INPUT_LANES as readonly string[]).includes(lane)) return undefined;
  if (lane !== RESIZE_LANE) return { kind: 'console', device: lane, bytes };
  if (bytes.length !== 4) return undefined;
  const reader = new ByteReader(bytes);
  return { kind: 'resize', device: 'console0', columns: reader.u16(), rows: reader.u16() };
}

/** Whether a machine can take an item at all. */
export const isInput = (item: InputItem): boolean => inputOf(item) !== undefined;

/** Counts by lane, as the replica wants them. */
export const countsByLane = (taken: readonly number[]): Record<string, number> =>
  Object.fromEntries(INPUT_LANES.map((lane, i) => [lane, taken[i] ?? 0]));
