/**
 * The one table of messages. From an entry come the message's type, its encoder and decoder, its
 * length cap, the channel it travels on, and who may send it.
 *
 * A release that adds a message or appends a word to a list raises PROTOCOL_VERSION; one that changes the
 * meaning of a field also raises OLDEST_VERSION. `reject` never changes: it is how two versions
 * tell each other that they do not fit.
 */
import {
  bytes,
  counter,
  flag,
  list,
  oneOf,
  record,
  text,
  u32,
  u64,
  type Field,
  type ValueOf,
} from './fields.ts';
import {
  CHUNK_BYTES,
  HOT_CODE_BYTES,
  INPUT_ITEM_BYTES,
  INPUT_SOURCES,
  TELEMETRY_BYTES,
} from './limits.ts';

/** The version that this program writes. */
export const PROTOCOL_VERSION = 4;
/** The oldest version that this program still reads. Before 4, beats did not say when the next would come. */
export const OLDEST_VERSION = 4;

/** What a party is to the one it talks to. A joiner is none of the others yet. */
export type Party = 'primary' | 'standby' | 'watcher' | 'joiner';

/** Ordered and reliable each; nothing is said about the order between two of them. */
export type Channel = 'control' | 'bulk' | 'heartbeat';

const NODE_NAME = text(64);
const DIGEST = bytes(32);
const SENTENCE = text(512);

/** A console's bytes from a position of its stream, or one frame of a network device. */
export const outputField = record({
  device: text(32),
  kind: oneOf('console', 'frame'),
  /** Bytes (console) or frames that this device had put out before. */
  position: counter,
  bytes: bytes(CHUNK_BYTES),
});
/** A piece of output, as it lies in the stream of its device. */
export type PlacedOutput = ValueOf<typeof outputField>;

/** A piece of input: what it means is known to the host only. */
export const inputField = record({
  /** The keyboard: one for each life of a tab. */
  source: text(32),
  /** A queue of the machine: items of one lane are taken in order, lanes are independent. */
  lane: text(16),
  /** 1, 2, 3 … for each source and lane. */
  sequence: counter,
  bytes: bytes(INPUT_ITEM_BYTES),
});
export type InputItem = ValueOf<typeof inputField>;

/** How far a checkpoint has consumed one source's lane. */
export const appliedField = record({ source: text(32), lane: text(16), sequence: counter });
export type AppliedInput = ValueOf<typeof appliedField>;

/** How far a terminal has shown a device's output. */
export const shownField = record({ device: text(32), position: counter });
export type ShownPosition = ValueOf<typeof shownField>;

/** Why somebody is turned away or a checkpoint is not taken. */
export const rejectCode = oneOf(
  'other-version',
  'other-machine',
  'too-little-memory',
  'full',
  'corrupt',
  'unexpected',
  'old-term',
  'not-primary',
  'bad-checkpoint',
  'dropped',
  'wrong-secret',
  'gone',
);
export type RejectCode = ValueOf<typeof rejectCode>;

interface Entry<F> {
  readonly number: number;
  readonly from: readonly Party[];
  readonly channel: Channel;
  /** Says nothing before the message that follows on its channel: it may wait, to travel with that one. */
  readonly isPart: boolean;
  /** Longest payload in bytes. */
  readonly cap: number;
  readonly fields: Field<F>;
}

const entry = <F>(
  number: number,
  from: readonly Party[],
  channel: Channel,
  cap: number,
  fields: Field<F>,
): Entry<F> => ({ number, from, channel, isPart: false, cap, fields });

/** A part of a checkpoint, of which nothing is done before its commit has come. */
const part = <F>(number: number, cap: number, fields: Field<F>): Entry<F> => ({
  ...entry(number, ['primary'], 'bulk', cap, fields),
  isPart: true,
});

const SMALL = 4096;
const CHUNK = CHUNK_BYTES + 1024;
const anyone: readonly Party[] = ['primary', 'standby', 'watcher', 'joiner'];

/** Messages with a higher term than ours come from parties whose role we do not know yet. */
export const messageTable = {
  /** "I want to join." The answer is `welcome` or `reject`. */
  hello: entry(
    1,
    ['joiner', 'watcher'],
    'control',
    SMALL,
    record({
      machine: NODE_NAME,
      node: NODE_NAME,
      wants: oneOf('standby', 'watch'),
      /** Grows with each hello of a node: a doubled one is no news. */
      attempt: u32,
      /** Guest RAM that the joiner can hold, in bytes. */
      ramBytes: counter,
      /** What its terminal has shown already. */
      shown: list(shownField, 16),
    }),
  ),
  welcome: entry(
    2,
    ['primary'],
    'control',
    64 * 1024,
    record({
      as: oneOf('standby', 'queued', 'watcher'),
      node: NODE_NAME,
      ramBytes: counter,
      /** Names the state that every RAM page is compared with; empty: none. */
      baseline: DIGEST,
      /** What the host needs to build the same machine. */
      description: bytes(32 * 1024),
    }),
  ),
  /** The joiner has made its machine; `baseline` is what its RAM holds now (empty: zeros). */
  ready: entry(3, ['joiner', 'standby'], 'control', SMALL, record({ baseline: DIGEST })),
  /** A checkpoint begins. It is to be applied to the state that `base` left (0: to the baseline). */
  begin: part(4, SMALL, record({ epoch: counter, base: counter })),
  /** The checkpoint wing's bytes; `index` counts the chunks and outputs of a checkpoint together. */
  pages: part(5, CHUNK, record({ epoch: counter, index: u32, bytes: bytes(CHUNK_BYTES) })),
  /** CPU and devices, encoded by the checkpoint wing. */
  sections: part(6, CHUNK, record({ epoch: counter, index: u32, bytes: bytes(CHUNK_BYTES) })),
  /** A part of a checkpoint: what its epoch has put out. */
  outputs: part(
    7,
    2 * CHUNK,
    record({
      epoch: counter,
      index: u32,
      items: list(outputField, 256),
    }),
  ),
  commit: entry(
    8,
    ['primary'],
    'bulk',
    CHUNK,
    record({
      epoch: counter,
      /** Messages between begin and commit. */
      chunks: u32,
      /** Over the payloads of all of them, see digest.ts. */
      digest: DIGEST,
      /** No output after this checkpoint leaves before the next is committed: it may be taken over. */
      protects: flag,
      instructions: u64,
      guestTime: u64,
      /** What has been consumed since `base`; in a first copy, ever. */
      applied: list(appliedField, INPUT_SOURCES),
      /** In a first copy: where each device's output goes on. */
      positions: list(shownField, 64),
    }),
  ),
  /** The standby holds this checkpoint, and with it all before. */
  acknowledge: entry(9, ['standby'], 'bulk', SMALL, record({ epoch: counter })),
  /** Understood by every version. `epoch` is 0 unless a checkpoint is meant. */
  reject: entry(
    10,
    anyone,
    'control',
    SMALL,
    record({ code: rejectCode, epoch: counter, sentence: SENTENCE }),
  ),
  /** This checkpoint and those after it will not be finished. */
  abort: entry(11, ['primary'], 'bulk', SMALL, record({ epoch: counter })),
  heartbeat: entry(
    12,
    ['primary', 'standby', 'watcher'],
    'heartbeat',
    SMALL,
    record({
      /** Newest committed epoch of the sender; a lost acknowledgement is made good by it. */
      committed: counter,
      /** The epoch that a standby rejected and still waits to see again; 0: none. */
      rejected: counter,
      /** Milliseconds since the machine's worker gave a sign of life; 0 on a standby. */
      machineAge: u32,
      /** From a primary: the guest has done nothing since the committed epoch. */
      atRest: flag,
      /** The sender's next beat, or something else of it, comes within so many milliseconds. */
      nextMs: u32,
    }),
  ),
  /** Keys on their way to the guest, or (from the primary) keys to keep until they are committed. */
  inputs: entry(
    13,
    ['primary', 'standby', 'watcher'],
    'control',
    CHUNK,
    record({
      /** From a primary: what is consumed already, so that `items` follow without a hole. */
      since: list(appliedField, INPUT_SOURCES),
      items: list(inputField, 256),
    }),
  ),
  takeover: entry(
    14,
    ['primary', 'standby', 'joiner'],
    'control',
    SMALL,
    record({
      /** `request`: the primary stopped after `epoch` and wants the standby to go on. `announce`: done. */
      what: oneOf('request', 'announce'),
      epoch: counter,
      node: NODE_NAME,
    }),
  ),
  /** The last word of a party that goes: nothing follows. */
  shutdown: entry(
    15,
    anyone,
    'control',
    SMALL,
    record({ reason: oneOf('leaving', 'halted'), sentence: SENTENCE }),
  ),
  /** To those who watch or queue: output that is committed, and keys of theirs that are. */
  released: entry(
    17,
    ['primary'],
    'control',
    2 * CHUNK,
    record({
      /** Nothing older is left: a terminal shows these even after a hole. */
      oldest: flag,
      items: list(outputField, 256),
      applied: list(appliedField, INPUT_SOURCES),
    }),
  ),
  /** Figures for people, of the primary's host for the others' hosts: what they mean is known there only. */
  telemetry: entry(
    18,
    ['primary'],
    'control',
    16 * 1024,
    record({ bytes: bytes(TELEMETRY_BYTES) }),
  ),
  /** Code that is hot on the primary, as advice to the standby's host: what it means is known to hosts only. */
  'hot-code': entry(
    19,
    ['primary'],
    'control',
    16 * 1024,
    record({ bytes: bytes(HOT_CODE_BYTES) }),
  ),
  /** A watcher's (or queued joiner's) terminal lacks output from these positions on. */
  watch: entry(
    16,
    ['watcher', 'joiner'],
    'control',
    SMALL,
    record({ shown: list(shownField, 16) }),
  ),
} as const;

export type MessageName = keyof typeof messageTable;
type FieldsOf<N extends MessageName> = (typeof messageTable)[N]['fields'];

/** One message of the table, with its fields. */
export type MessageOf<N extends MessageName> = {
  readonly [K in N]: { readonly kind: K } & ValueOf<FieldsOf<K>>;
}[N];
export type Message = MessageOf<MessageName>;
