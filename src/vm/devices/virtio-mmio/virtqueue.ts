import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import { DeviceStateError, type GuestMemory } from '../device.ts';
import { RingError, readChain, type Chain } from './chain.ts';
import * as reg from './registers.ts';

/** Which ring features the driver accepted. */
export interface RingFeatures {
  readonly indirect: boolean;
  readonly eventIndex: boolean;
}

/**
 * A split virtqueue seen from the device (virtio 1.2, 2.7). All that is remembered between two
 * calls is saved: the rings' places, the next available entry, the used index. What the driver
 * wrote is checked at each use; nothing of it is trusted (throws {@link RingError}).
 */
export class Virtqueue {
  readonly maxSize: number;
  readonly #memory: GuestMemory;
  readonly #features: () => RingFeatures;
  size: number;
  ready = false;
  /** Guest-physical addresses as the driver gave them, unchecked until `enable`. */
  desc = 0n;
  driver = 0n;
  device = 0n;
  /** The rings' checked addresses, derived from the above while the queue is ready. */
  #desc = 0;
  #avail = 0;
  #used = 0;
  #nextAvail = 0;
  #nextUsed = 0;
  /** The used index up to which the driver was told (event index). */
  #signalled = 0;

  constructor(memory: GuestMemory, maxSize: number, features: () => RingFeatures) {
    this.#memory = memory;
    this.maxSize = maxSize;
    this.size = maxSize;
    this.#features = features;
  }

  reset(): void {
    this.size = this.maxSize;
    this.ready = false;
    this.desc = 0n;
    this.driver = 0n;
    this.device = 0n;
    this.#nextAvail = 0;
    this.#nextUsed = 0;
    this.#signalled = 0;
  }

  /** The driver set QueueReady. @throws {RingError} when size or addresses cannot be. */
  enable(): void {
    this.#place();
    this.#nextAvail = 0;
    this.#nextUsed = 0;
    this.#signalled = 0;
    this.ready = true;
  }

  #place(): void {
    const { size } = this;
    if (size < 1 || size > this.maxSize || (size & (size - 1)) !== 0) {
      throw new RingError(`queue size ${size}`);
    }
    this.#desc = this.#ring(this.desc, 16, reg.DESC_BYTES * size);
    this.#avail = this.#ring(this.driver, 2, 6 + 2 * size);
    this.#used = this.#ring(this.device, 4, 6 + 8 * size);
  }

  #ring(address: bigint, alignment: number, length: number): number {
    const place = Number(address);
    if (place % alignment !== 0 || !this.#memory.contains(place, length)) {
      throw new RingError(`ring at 0x${address.toString(16)}`);
    }
    return place;
  }

  /**
   * Entries that the driver made available and that were not popped yet.
   * @throws {RingError} when it claims more than the queue holds.
   */
  available(): number {
    const index = this.#memory.readU16(this.#avail + 2);
    const count = (index - this.#nextAvail) & 0xffff;
    if (count > this.size)
      throw new RingError(`${count} entries available in a queue of ${this.size}`);
    return count;
  }

  /** The next request; call only when `available()` is not 0. @throws {RingError} */
  pop(): Chain {
    const slot = this.#avail + 4 + 2 * (this.#nextAvail % this.size);
    const head = this.#memory.readU16(slot);
    const { indirect } = this.#features();
    const chain = readChain(this.#memory, this.#desc, this.size, head, indirect);
    this.#nextAvail = (this.#nextAvail + 1) & 0xffff;
    return chain;
  }

  /** Takes the last `pop` back: the request stays available. */
  unpop(): void {
    this.#nextAvail = (this.#nextAvail - 1) & 0xffff;
  }

  /** Returns a request to the driver, with the number of bytes written into it. */
  push(chain: Chain, written: number): void {
    const slot = this.#used + 4 + 8 * (this.#nextUsed % this.size);
    this.#memory.writeU32(slot, chain.head);
    this.#memory.writeU32(slot + 4, written);
    this.#nextUsed = (this.#nextUsed + 1) & 0xffff;
    this.#memory.writeU16(this.#used + 2, this.#nextUsed);
  }

  /**
   * Ends a batch of pops and pushes: says from which entry on a notification is wanted, and whether
   * the driver wants an interrupt for what was pushed since the last batch (2.7.7.2, 2.7.10).
   */
  finish(): boolean {
    const before = this.#signalled;
    const after = this.#nextUsed;
    this.#signalled = after;
    if (!this.#features().eventIndex) {
      if (before === after) return false;
      return (this.#memory.readU16(this.#avail) & reg.AVAIL_NO_INTERRUPT) === 0;
    }
    const availEvent = this.#used + 4 + 8 * this.size;
    if (this.#memory.readU16(availEvent) !== this.#nextAvail) {
      this.#memory.writeU16(availEvent, this.#nextAvail);
    }
    const usedEvent = this.#memory.readU16(this.#avail + 4 + 2 * this.size);
    return ((after - usedEvent - 1) & 0xffff) < ((after - before) & 0xffff);
  }

  save(writer: ByteWriter): void {
    writer.u16(this.size).bool(this.ready).u64(this.desc).u64(this.driver).u64(this.device);
    writer.u16(this.#nextAvail).u16(this.#nextUsed).u16(this.#signalled);
  }

  /** @throws {DeviceStateError} when a ready queue does not lie in RAM. */
  restore(reader: ByteReader): void {
    this.size = reader.u16();
    this.ready = reader.bool();
    this.desc = reader.u64();
    this.driver = reader.u64();
    this.device = reader.u64();
    this.#nextAvail = reader.u16();
    this.#nextUsed = reader.u16();
    this.#signalled = reader.u16();
    if (!this.ready) return;
    try {
      this.#place();
    } catch (error) {
      if (error instanceof RingError) throw new DeviceStateError(error.message, { cause: error });
      throw error;
    }
  }
}
