import type { Device, GuestMemory } from '../device.ts';
import * as reg from '../virtio-mmio/registers.ts';

/** A buffer of a request: bytes for the device to read, or room for it to write. */
export type Buffer = { readonly out: Uint8Array } | { readonly in: number };

export interface Used {
  readonly head: number;
  readonly written: number;
  /** What the device left in the writable buffers, concatenated (all of their bytes). */
  readonly bytes: Uint8Array;
}

export interface QueuePlace {
  readonly desc: number;
  readonly avail: number;
  readonly used: number;
}

interface Queue extends QueuePlace {
  readonly index: number;
  readonly size: number;
  /** Where its buffers lie. */
  readonly data: number;
  nextDescriptor: number;
  nextAvail: number;
  nextUsed: number;
  readonly writable: Map<number, { address: number; length: number }[]>;
}

const QUEUE_BYTES = 0x20000;
const DATA_OFFSET = 0x4000;

/** Drives a virtio-mmio device as a guest's driver does: negotiation, split rings, notifications. */
export class VirtioDriver {
  readonly device: Device;
  readonly memory: GuestMemory;
  readonly #base: number;
  readonly queues: Queue[] = [];
  features = 0n;

  /** @param base guest-physical address of the driver's memory: 128 KiB for each queue */
  constructor(device: Device, memory: GuestMemory, base: number) {
    this.device = device;
    this.memory = memory;
    this.#base = base;
  }

  get(register: number): number {
    return this.device.read(register, 4);
  }

  set(register: number, value: number): void {
    this.device.write(register, 4, value);
  }

  offered(): bigint {
    this.set(reg.DEVICE_FEATURES_SEL, 1);
    const high = BigInt(this.get(reg.DEVICE_FEATURES));
    this.set(reg.DEVICE_FEATURES_SEL, 0);
    return (high << 32n) | BigInt(this.get(reg.DEVICE_FEATURES));
  }

  /** Resets and negotiates; returns whether the device kept FEATURES_OK. */
  negotiate(features: bigint): boolean {
    this.set(reg.STATUS, 0);
    this.queues.length = 0;
    this.features = features;
    this.set(reg.STATUS, reg.STATUS_ACKNOWLEDGE);
    this.set(reg.STATUS, reg.STATUS_ACKNOWLEDGE | reg.STATUS_DRIVER);
    this.set(reg.DRIVER_FEATURES_SEL, 0);
    this.set(reg.DRIVER_FEATURES, Number(features & 0xffff_ffffn));
    this.set(reg.DRIVER_FEATURES_SEL, 1);
    this.set(reg.DRIVER_FEATURES, Number(features >> 32n));
    this.set(reg.STATUS, reg.STATUS_ACKNOWLEDGE | reg.STATUS_DRIVER | reg.STATUS_FEATURES_OK);
    return (this.get(reg.STATUS) & reg.STATUS_FEATURES_OK) !== 0;
  }

  setupQueue(index: number, size: number): Queue {
    const base = this.#base + index * QUEUE_BYTES;
    const queue: Queue = {
      index,
      size,
      desc: base,
      avail: base + 0x2000,
      used: base + 0x3000,
      data: base + DATA_OFFSET,
      nextDescriptor: 0,
      nextAvail: 0,
      nextUsed: 0,
      writable: new Map(),
    };
    this.memory.write(base, new Uint8Array(DATA_OFFSET));
    this.set(reg.QUEUE_SEL, index);
    this.set(reg.QUEUE_NUM, size);
    this.placeQueue(queue);
    this.set(reg.QUEUE_READY, 1);
    this.queues[index] = queue;
    return queue;
  }

  placeQueue(place: QueuePlace): void {
    this.set(reg.QUEUE_DESC_LOW, place.desc);
    this.set(reg.QUEUE_DESC_HIGH, 0);
    this.set(reg.QUEUE_DRIVER_LOW, place.avail);
    this.set(reg.QUEUE_DRIVER_HIGH, 0);
    this.set(reg.QUEUE_DEVICE_LOW, place.used);
    this.set(reg.QUEUE_DEVICE_HIGH, 0);
  }

  driverOk(): void {
    this.set(reg.STATUS, this.get(reg.STATUS) | reg.STATUS_DRIVER_OK);
  }

  /** Negotiates everything offered (or `features`), sets up all queues and goes live. */
  start(features: bigint = this.offered(), size = 8): this {
    if (!this.negotiate(features)) throw new Error('features refused');
    for (let index = 0; ; index++) {
      this.set(reg.QUEUE_SEL, index);
      const maxSize = this.get(reg.QUEUE_NUM_MAX);
      if (maxSize === 0) break;
      this.setupQueue(index, Math.min(size, maxSize));
    }
    this.driverOk();
    return this;
  }

  queue(index: number): Queue {
    const queue = this.queues[index];
    if (queue === undefined) throw new Error(`no queue ${index}`);
    return queue;
  }

  describe(
    table: number,
    index: number,
    address: number,
    length: number,
    flags: number,
    next: number,
  ): void {
    const at = table + index * reg.DESC_BYTES;
    this.memory.writeU32(at, address % 2 ** 32);
    this.memory.writeU32(at + 4, Math.floor(address / 2 ** 32));
    this.memory.writeU32(at + 8, length);
    this.memory.writeU16(at + 12, flags);
    this.memory.writeU16(at + 14, next);
  }

  /** Puts a request into the ring without telling the device. Each slot of the ring has 12 KiB for its data. */
  add(index: number, buffers: readonly Buffer[], indirect = false): number {
    const queue = this.queue(index);
    const slot = queue.nextAvail % queue.size;
    let data = queue.data + slot * 0x3000;
    const tableIndex = indirect ? 0 : queue.nextDescriptor;
    const table = indirect ? data : queue.desc;
    const head = queue.nextDescriptor;
    if (indirect) {
      const length = buffers.length * reg.DESC_BYTES;
      this.describe(queue.desc, head, table, length, reg.DESC_INDIRECT, 0);
      queue.nextDescriptor = (head + 1) % queue.size;
      data += 0x400;
    }
    const entries = indirect ? buffers.length : queue.size;
    const writable: { address: number; length: number }[] = [];
    buffers.forEach((buffer, position) => {
      const here = (tableIndex + position) % entries;
      const last = position === buffers.length - 1;
      const length = 'out' in buffer ? buffer.out.length : buffer.in;
      const flags = (last ? 0 : reg.DESC_NEXT) | ('out' in buffer ? 0 : reg.DESC_WRITE);
      this.describe(table, here, data, length, flags, last ? 0 : (here + 1) % entries);
      if ('out' in buffer) this.memory.write(data, buffer.out);
      else writable.push({ address: data, length });
      data += length;
      if (!indirect) queue.nextDescriptor = (here + 1) % queue.size;
    });
    queue.writable.set(head, writable);
    this.offer(index, head);
    return head;
  }

  /** Makes a head available, whatever it is. */
  offer(index: number, head: number): void {
    const queue = this.queue(index);
    this.memory.writeU16(queue.avail + 4 + 2 * (queue.nextAvail % queue.size), head);
    queue.nextAvail = (queue.nextAvail + 1) & 0xffff;
    this.memory.writeU16(queue.avail + 2, queue.nextAvail);
  }

  notify(index: number): void {
    this.set(reg.QUEUE_NOTIFY, index);
  }

  /** With event index: where the driver wants its next interrupt. */
  setUsedEvent(index: number, value: number): void {
    const queue = this.queue(index);
    this.memory.writeU16(queue.avail + 4 + 2 * queue.size, value);
  }

  availEvent(index: number): number {
    const queue = this.queue(index);
    return this.memory.readU16(queue.used + 4 + 8 * queue.size);
  }

  /** Requests that came back since the last call. */
  reap(index: number): Used[] {
    const queue = this.queue(index);
    const out: Used[] = [];
    while (queue.nextUsed !== this.memory.readU16(queue.used + 2)) {
      const at = queue.used + 4 + 8 * (queue.nextUsed % queue.size);
      const head = this.memory.readU32(at);
      const pieces = queue.writable.get(head) ?? [];
      const bytes = pieces.flatMap(({ address, length }) => [...this.memory.view(address, length)]);
      out.push({ head, written: this.memory.readU32(at + 4), bytes: Uint8Array.from(bytes) });
      queue.nextUsed = (queue.nextUsed + 1) & 0xffff;
    }
    return out;
  }

  /** Adds, notifies and expects exactly this request back. */
  request(index: number, buffers: readonly Buffer[], indirect = false): Used {
    this.add(index, buffers, indirect);
    this.notify(index);
    const [used, ...others] = this.reap(index);
    if (used === undefined || others.length > 0)
      throw new Error('not exactly one request came back');
    return used;
  }

  /** Reads and acknowledges the interrupt status. */
  acknowledge(): number {
    const status = this.get(reg.INTERRUPT_STATUS);
    this.set(reg.INTERRUPT_ACK, status);
    return status;
  }
}
