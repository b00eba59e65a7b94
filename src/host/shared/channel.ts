/**
 * Everything that passes between a machine's thread and its host while the loop runs: a control block, a ring for
 * inputs and a ring for outputs, in one SharedArrayBuffer. No postMessage, so that the loop need
 * never yield (R12).
 */
import { assert } from '../../base/assert.ts';
import type { MachineInput, MachineOutput } from '../../vm/machine/inputs.ts';
import { joinBytes } from '../../base/bytes.ts';
import { decodeCaptureReport, type CaptureReport } from './capture-report.ts';
import { ControlBlock, CONTROL_BYTES, CELL } from './control.ts';
import type { GuestEnd } from './loop-end.ts';
import { MAX_PAYLOAD_BYTES, ringBytes, RingReader, RingWriter, type RingMessage } from './ring.ts';

/** Pasted text and agent requests; larger amounts wait in the host (R7). */
const INPUT_RING_BYTES = 1 << 18;
/** Some 30 ms of a guest that prints as fast as it can; then it waits for its reader (R7). */
const OUTPUT_RING_BYTES = 1 << 20;

const INPUT_RING_AT = CONTROL_BYTES;
const OUTPUT_RING_AT = INPUT_RING_AT + ringBytes(INPUT_RING_BYTES);
const CHANNEL_BYTES = OUTPUT_RING_AT + ringBytes(OUTPUT_RING_BYTES);

/** Input that the host keeps while the ring is full: a large paste. More is refused, aloud (R7). */
export const PENDING_INPUT_LIMIT = 4 << 20;
/** Long inputs are sent in pieces of this size, so that devices with small queues take them bit by bit. */
const PIECE_BYTES = 2048;

const MESSAGE = {
  console: 1,
  resize: 2,
  frame: 3,
  entropy: 4,
  /** A part of a CaptureReport; tag 1: more follow. */
  captured: 5,
  started: 6,
  halted: 7,
} as const;

/** Names of the devices that take part; a message carries the index. */
export const CHANNEL_DEVICES = ['uart0', 'console0', 'agent0', 'net0', 'rng0'] as const;

/** Queues of inputs that are counted, so that it is known which ones a captured machine has taken. */
export const INPUT_LANES = ['uart0', 'console0', 'agent0', 'resize'] as const;
export type InputLane = (typeof INPUT_LANES)[number];

/** The lane of an input; undefined when nobody counts those. */
export function laneOf(input: HostInput): InputLane | undefined {
  if (input.kind === 'resize') return 'resize';
  if (input.kind !== 'console') return undefined;
  return INPUT_LANES.find((lane) => lane === input.device);
}

const deviceIndex = (device: string): number => {
  const index = (CHANNEL_DEVICES as readonly string[]).indexOf(device);
  assert(index >= 0, `no channel for device ${device}`);
  return index;
};

const deviceName = (index: number): string => {
  const name = CHANNEL_DEVICES[index];
  assert(name !== undefined, 'channel message for an unknown device');
  return name;
};

/** Allocates the shared memory of a channel; hand it to both sides. */
export const createChannel = (): SharedArrayBuffer => new SharedArrayBuffer(CHANNEL_BYTES);

/** Inputs that come from the host side; time and wall clock are the loop's own. */
export type HostInput = Extract<
  MachineInput,
  { readonly kind: 'console' | 'resize' | 'frame' | 'entropy' }
>;
export interface HostOutput {
  readonly kind: Extract<MachineOutput['kind'], 'console' | 'frame'>;
  readonly device: string;
  /** The reader's own copy. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What a machine's thread says besides its output, in order with it. */
export type HostNews =
  | { readonly kind: 'captured'; readonly report: CaptureReport }
  /** The first instruction is about to be executed. */
  | { readonly kind: 'started' }
  /** The guest stopped of its own accord; its thread lingers for a last capture. */
  | { readonly kind: 'halted'; readonly end: GuestEnd };

export type HostMessage = HostOutput | HostNews;

function decodeInput(message: RingMessage): HostInput {
  const device = deviceName(message.tag);
  const { payload } = message;
  switch (message.type) {
    case MESSAGE.console:
      return { kind: 'console', device, bytes: payload };
    case MESSAGE.frame:
      return { kind: 'frame', device, bytes: payload };
    case MESSAGE.entropy:
      return { kind: 'entropy', device, bytes: payload };
    default: {
      assert(message.type === MESSAGE.resize, 'unknown message in the input ring');
      const view = new DataView(payload.buffer);
      return {
        kind: 'resize',
        device,
        columns: view.getUint16(0, true),
        rows: view.getUint16(2, true),
      };
    }
  }
}

/** The machine's side. Only the machine's thread may use it. */
export class WorkerChannel {
  readonly control: ControlBlock;
  readonly #inputs: RingReader;
  readonly #outputs: RingWriter;

  constructor(buffer: SharedArrayBuffer) {
    this.control = new ControlBlock(buffer, 0);
    this.#inputs = new RingReader(buffer, INPUT_RING_AT, INPUT_RING_BYTES);
    this.#outputs = new RingWriter(buffer, OUTPUT_RING_AT, OUTPUT_RING_BYTES);
  }

  /** The next input, or undefined. Tells the host when it waits for room. */
  receive(): HostInput | undefined {
    const message = this.#inputs.read();
    if (message === undefined) return undefined;
    if (Atomics.load(this.control.cells, CELL.hostWaits) === 1) this.control.ringHost();
    return decodeInput(message);
  }

  /** Hands at most MAX_PAYLOAD_BYTES to the host; false when there is no room. Ring the host's bell afterwards. */
  send(kind: HostOutput['kind'], device: string, bytes: Uint8Array): boolean {
    return this.#outputs.write(MESSAGE[kind], deviceIndex(device), bytes);
  }

  /** Hands a part of a capture's report to the host; false when there is no room. */
  sendCaptured(part: Uint8Array, more: boolean): boolean {
    return this.#outputs.write(MESSAGE.captured, more ? 1 : 0, part);
  }

  /** Says that the machine starts, or that it has halted; false when there is no room. */
  sendLife(news: Exclude<HostNews, { readonly kind: 'captured' }>): boolean {
    const text = news.kind === 'halted' ? JSON.stringify(news.end) : '';
    return this.#outputs.write(MESSAGE[news.kind], 0, new TextEncoder().encode(text));
  }
}

/** The host's side. Only one thread may use it. */
export class HostChannel {
  readonly control: ControlBlock;
  readonly #inputs: RingWriter;
  readonly #outputs: RingReader;
  readonly #pending: { type: number; tag: number; payload: Uint8Array }[] = [];
  #pendingBytes = 0;
  #captured: Uint8Array[] = [];

  constructor(buffer: SharedArrayBuffer) {
    this.control = new ControlBlock(buffer, 0);
    this.#inputs = new RingWriter(buffer, INPUT_RING_AT, INPUT_RING_BYTES);
    this.#outputs = new RingReader(buffer, OUTPUT_RING_AT, OUTPUT_RING_BYTES);
  }

  /** Bytes that wait for room in the ring. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Sends an input. False, and nothing sent, when more than PENDING_INPUT_LIMIT bytes would wait. */
  send(input: HostInput): boolean {
    const tag = deviceIndex(input.device);
    if (input.kind === 'resize') {
      const payload = new Uint8Array(4);
      const view = new DataView(payload.buffer);
      view.setUint16(0, input.columns, true);
      view.setUint16(2, input.rows, true);
      this.#pending.push({ type: MESSAGE.resize, tag, payload });
    } else {
      const { bytes } = input;
      if (this.#pendingBytes + bytes.length > PENDING_INPUT_LIMIT) return false;
      // Only byte streams may be cut; a frame is one thing.
      const piece = input.kind === 'frame' ? MAX_PAYLOAD_BYTES : PIECE_BYTES;
      for (let at = 0; at < bytes.length; at += piece) {
        this.#pending.push({
          type: MESSAGE[input.kind],
          tag,
          payload: bytes.slice(at, at + piece),
        });
      }
      this.#pendingBytes += bytes.length;
    }
    this.flush();
    return true;
  }

  /** Moves what waits into the ring, as far as it goes. Call it whenever the host's bell rings. */
  flush(): void {
    const { cells } = this.control;
    let moved = this.#move();
    Atomics.store(cells, CELL.hostWaits, this.#pending.length > 0 ? 1 : 0);
    // The reader may have made room just before it could see that we wait.
    if (this.#pending.length > 0) moved += this.#move();
    if (moved > 0) this.control.ringWorker();
  }

  #move(): number {
    let moved = 0;
    for (const message of this.#pending) {
      if (!this.#inputs.write(message.type, message.tag, message.payload)) break;
      if (message.type !== MESSAGE.resize) this.#pendingBytes -= message.payload.length;
      moved += 1;
    }
    this.#pending.splice(0, moved);
    return moved;
  }

  /** The next output or news, or undefined. */
  receive(): HostMessage | undefined {
    for (;;) {
      const message = this.#outputs.read();
      if (message === undefined) return undefined;
      if (this.control.activity === 'blocked') this.control.ringWorker();
      const decoded = this.#decode(message);
      if (decoded !== undefined) return decoded;
    }
  }

  #decode({ type, tag, payload }: RingMessage): HostMessage | undefined {
    switch (type) {
      case MESSAGE.captured: {
        this.#captured.push(payload);
        if (tag === 1) return undefined;
        const report = decodeCaptureReport(joinBytes(this.#captured));
        this.#captured = [];
        return { kind: 'captured', report };
      }
      case MESSAGE.started:
        return { kind: 'started' };
      case MESSAGE.halted:
        return { kind: 'halted', end: JSON.parse(new TextDecoder().decode(payload)) as GuestEnd };
      case MESSAGE.frame:
        return { kind: 'frame', device: deviceName(tag), bytes: payload };
      default:
        assert(type === MESSAGE.console, 'unknown message in the output ring');
        return { kind: 'console', device: deviceName(tag), bytes: payload };
    }
  }

  /** True when outputs wait. */
  get hasOutput(): boolean {
    return this.#outputs.waiting > 0;
  }
}
