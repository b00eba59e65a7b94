import type { HostInput } from './channel.ts';

/** Bytes taken from the ring for devices that are full; beyond them the ring itself fills (R7). */
const HELD_LIMIT_BYTES = 1 << 18;

/** Where inputs go, and how many bytes a byte-stream device can take now without dropping any. */
export interface InputSink {
  input(input: HostInput): void;
  room(device: string): number;
}

/**
 * Gives inputs to devices as fast as these can take them. A device that is full holds back only its
 * own inputs, so that a long paste into a sleeping program delays neither the agent nor a resize.
 */
export class InputFeeder {
  readonly #source: { receive(): HostInput | undefined };
  readonly #sink: InputSink;
  readonly #held = new Map<string, HostInput[]>();
  #heldBytes = 0;

  constructor(source: { receive(): HostInput | undefined }, sink: InputSink) {
    this.#source = source;
    this.#sink = sink;
  }

  /** True while a device could not take all that is meant for it. */
  get holdsBack(): boolean {
    return this.#heldBytes > 0;
  }

  /** Delivers what can be delivered; true when anything was. */
  pump(): boolean {
    let delivered = this.#deliverHeld();
    while (this.#heldBytes < HELD_LIMIT_BYTES) {
      const input = this.#source.receive();
      if (input === undefined) break;
      if (this.#deliver(input)) delivered = true;
    }
    return delivered;
  }

  #deliver(input: HostInput): boolean {
    if (input.kind !== 'console') {
      this.#sink.input(input);
      return true;
    }
    const waiting = this.#held.get(input.device);
    if (waiting === undefined && input.bytes.length <= this.#sink.room(input.device)) {
      this.#sink.input(input);
      return true;
    }
    if (waiting === undefined) this.#held.set(input.device, [input]);
    else waiting.push(input);
    this.#heldBytes += input.bytes.length;
    return false;
  }

  #deliverHeld(): boolean {
    let delivered = false;
    for (const [device, inputs] of this.#held) {
      let done = 0;
      for (const input of inputs) {
        const length = input.kind === 'console' ? input.bytes.length : 0;
        if (length > this.#sink.room(device)) break;
        this.#sink.input(input);
        this.#heldBytes -= length;
        done += 1;
      }
      inputs.splice(0, done);
      if (inputs.length === 0) this.#held.delete(device);
      delivered ||= done > 0;
    }
    return delivered;
  }
}
