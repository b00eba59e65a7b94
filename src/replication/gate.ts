/**
 * The output gate (R3). Output belongs to the epoch in which the guest made it; a closed gate holds
 * it until that epoch is committed. An open gate (the machine is unprotected and says so) lets it
 * through at once, and still remembers it until the next capture, because a standby in its first
 * copy must know it too.
 */
import type { MachineOutput } from './events.ts';
import { BACKLOG_BYTES, BACKLOG_PIECE_BYTES, BACKLOG_PIECES, GATE_BYTES } from './limits.ts';
import type { PlacedOutput, ShownPosition } from './messages.ts';

interface HeldEpoch {
  readonly epoch: number;
  readonly items: readonly PlacedOutput[];
  readonly bytes: number;
  /** When its first output came, in milliseconds. */
  readonly since: number;
}

export interface Gate {
  readonly open: boolean;
  /** Where each device's stream goes on. */
  readonly positions: ReadonlyMap<string, number>;
  /** Output of the epoch that runs. */
  readonly current: readonly PlacedOutput[];
  readonly currentBytes: number;
  readonly currentSince: number | undefined;
  /** Closed gate only: output of captured epochs, oldest first. */
  readonly held: readonly HeldEpoch[];
  readonly heldBytes: number;
  /** Released output, for terminals that come late; oldest first, at most BACKLOG_BYTES. */
  readonly backlog: readonly PlacedOutput[];
  readonly backlogBytes: number;
}

export interface Released {
  readonly gate: Gate;
  readonly items: readonly PlacedOutput[];
  /** How long the oldest of them waited, in milliseconds; undefined when there are none. */
  readonly waitedSince: number | undefined;
}

export const newGate = (): Gate => ({
  open: true,
  positions: new Map(),
  current: [],
  currentBytes: 0,
  currentSince: undefined,
  held: [],
  heldBytes: 0,
  backlog: [],
  backlogBytes: 0,
});

const sumBytes = (items: readonly PlacedOutput[]): number =>
  items.reduce((sum, item) => sum + item.bytes.length, 0);

/** True while output waits for a checkpoint that has not been captured yet. */
export const outputWaits = (gate: Gate): boolean => !gate.open && gate.current.length > 0;

/** True when the guest has to wait: its output has nowhere to go. */
export const gateIsFull = (gate: Gate): boolean =>
  !gate.open && gate.heldBytes + gate.currentBytes >= GATE_BYTES;

/** Joins pieces of one console that follow each other, up to BACKLOG_PIECE_BYTES. */
function append(list: PlacedOutput[], item: PlacedOutput): void {
  const last = list.at(-1);
  const joins =
    last?.kind === 'console' &&
    item.kind === 'console' &&
    last.device === item.device &&
    last.position + last.bytes.length === item.position &&
    last.bytes.length + item.bytes.length <= BACKLOG_PIECE_BYTES;
  if (!joins) {
    list.push(item);
    return;
  }
  const bytes = new Uint8Array(last.bytes.length + item.bytes.length);
  bytes.set(last.bytes);
  bytes.set(item.bytes, last.bytes.length);
  list[list.length - 1] = { ...last, bytes };
}

/** Adds released output to the backlog and drops the oldest over the limit. Frames are not kept: networks lose them. */
function remember(gate: Gate, items: readonly PlacedOutput[]): Gate {
  if (items.length === 0) return gate;
  const backlog = [...gate.backlog];
  let bytes = gate.backlogBytes;
  for (const item of items) {
    if (item.kind !== 'console') continue;
    append(backlog, item);
    bytes += item.bytes.length;
  }
  let drop = 0;
  while (bytes > BACKLOG_BYTES || backlog.length - drop > BACKLOG_PIECES)
    bytes -= backlog[drop++]?.bytes.length ?? bytes;
  return { ...gate, backlog: backlog.slice(drop), backlogBytes: bytes };
}

/** The machine puts something out, in the epoch that runs. */
export function putOut(gate: Gate, outputs: readonly MachineOutput[], now: number): Released {
  const positions = new Map(gate.positions);
  const current = [...gate.current];
  const items: PlacedOutput[] = [];
  for (const output of outputs) {
    const position = positions.get(output.device) ?? 0;
    const item: PlacedOutput = { ...output, position };
    positions.set(output.device, position + (output.kind === 'console' ? output.bytes.length : 1));
    append(current, item);
    items.push(item);
  }
  let currentBytes = gate.currentBytes + sumBytes(items);
  if (gate.open) {
    // A long first copy of a chatty guest: what is oldest was shown already.
    let drop = 0;
    while (currentBytes > GATE_BYTES) currentBytes -= current[drop++]?.bytes.length ?? 0;
    current.splice(0, drop);
  }
  const currentSince = gate.currentSince ?? now;
  const next: Gate = { ...gate, positions, current, currentBytes, currentSince };
  return gate.open
    ? { gate: remember(next, items), items, waitedSince: now }
    : { gate: next, items: [], waitedSince: undefined };
}

export interface GateCapture {
  readonly gate: Gate;
  /** The captured epoch's output, for the standby. */
  readonly items: readonly PlacedOutput[];
}

/** A capture ends epoch `epoch`. `close`: from here on output waits. */
export function captureGate(gate: Gate, epoch: number, close: boolean): GateCapture {
  const items = gate.current;
  const cut: Gate = {
    ...gate,
    open: gate.open && !close,
    current: [],
    currentBytes: 0,
    currentSince: undefined,
  };
  if (gate.open || items.length === 0) return { gate: cut, items };
  const since = gate.currentSince ?? 0;
  const held = [...gate.held, { epoch, items, bytes: gate.currentBytes, since }];
  return { gate: { ...cut, held, heldBytes: gate.heldBytes + gate.currentBytes }, items };
}

/** Epochs up to `epoch` are committed. */
export function release(gate: Gate, epoch: number): Released {
  const due = gate.held.filter((held) => held.epoch <= epoch);
  if (due.length === 0) return { gate, items: [], waitedSince: undefined };
  const items = due.flatMap((held) => held.items);
  const next: Gate = {
    ...gate,
    held: gate.held.filter((held) => held.epoch > epoch),
    heldBytes: gate.heldBytes - due.reduce((sum, held) => sum + held.bytes, 0),
  };
  return { gate: remember(next, items), items, waitedSince: due[0]?.since };
}

/**
 * Epochs from `epoch` on will not be committed; `items` is their output. It belongs to the epoch that
 * runs now, in front of what that has put out itself.
 */
export function reclaim(gate: Gate, epoch: number, items: readonly PlacedOutput[]): Gate {
  if (items.length === 0) return gate;
  const back = gate.held.filter((held) => held.epoch >= epoch);
  return {
    ...gate,
    current: [...items, ...gate.current],
    currentBytes: gate.currentBytes + sumBytes(items),
    currentSince: back[0]?.since ?? gate.currentSince,
    held: gate.held.filter((held) => held.epoch < epoch),
    heldBytes: gate.heldBytes - back.reduce((sum, held) => sum + held.bytes, 0),
  };
}

/** The machine is unprotected from now on: all that is held goes out, and what follows does at once. */
export function openGate(gate: Gate): Released {
  if (gate.open) return { gate, items: [], waitedSince: undefined };
  const items = [...gate.held.flatMap((held) => held.items), ...gate.current];
  const waitedSince = gate.held[0]?.since ?? gate.currentSince;
  const next: Gate = { ...gate, open: true, held: [], heldBytes: 0 };
  return { gate: remember(next, items), items, waitedSince };
}

/** What a stopped primary throws away, in bytes. */
export const unreleasedBytes = (gate: Gate): number =>
  gate.open ? 0 : gate.heldBytes + gate.currentBytes;

/** Where each device's output goes on. */
export const streamPositions = (gate: Gate): ShownPosition[] =>
  [...gate.positions].map(([device, position]) => ({ device, position }));

/** A standby learns the output of a committed checkpoint; `known`: positions that a first copy names. */
export function commitOutputs(
  gate: Gate,
  items: readonly PlacedOutput[],
  known: readonly ShownPosition[],
): Gate {
  const positions = new Map(gate.positions);
  for (const { device, position } of known) positions.set(device, position);
  for (const item of items) {
    const end = item.position + (item.kind === 'console' ? item.bytes.length : 1);
    positions.set(item.device, Math.max(end, positions.get(item.device) ?? 0));
  }
  return remember({ ...gate, positions }, items);
}

/** Released output from these positions on; all of it for devices that are not named. */
export function backlogFrom(gate: Gate, shown: readonly ShownPosition[]): PlacedOutput[] {
  const from = new Map(shown.map(({ device, position }) => [device, position]));
  return gate.backlog.filter(
    (item) => item.position + item.bytes.length > (from.get(item.device) ?? 0),
  );
}
