import { assert } from '../../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import type { MachineInput, MachineOutput } from '../../machine/inputs.ts';
import { DeviceStateError, type Device, type DeviceContext, type GuestMemory } from '../device.ts';
import type { VirtioBackend, VirtioPort } from './backend.ts';
import { RingError } from './chain.ts';
import * as reg from './registers.ts';
import { Virtqueue } from './virtqueue.ts';

const RING_FEATURES = reg.F_VERSION_1 | reg.F_INDIRECT_DESC | reg.F_EVENT_IDX;
const LOW_HALF = 0xffff_ffffn;

/**
 * The virtio transport over MMIO, version 2 (virtio 1.2, 4.2). Requests are served in the
 * notification itself, so a device is never busy between two instructions. A driver that breaks
 * the rules of a ring gets DEVICE_NEEDS_RESET, never an exception.
 */
export class VirtioMmio implements Device, VirtioPort {
  readonly version = 1;
  readonly name: string;
  readonly memory: GuestMemory;
  readonly #context: DeviceContext;
  readonly #backend: VirtioBackend;
  readonly #offered: bigint;
  readonly #queues: readonly Virtqueue[];
  #status = 0;
  #deviceFeaturesSel = 0;
  #driverFeaturesSel = 0;
  #driverFeatures = 0n;
  #queueSel = 0;
  #interruptStatus = 0;
  #configGeneration = 0;

  constructor(context: DeviceContext, create: (port: VirtioPort) => VirtioBackend) {
    this.#context = context;
    this.name = context.name;
    this.memory = context.memory;
    this.#backend = create(this);
    this.#offered = this.#backend.features | RING_FEATURES;
    const ringFeatures = () => ({
      indirect: (this.#driverFeatures & reg.F_INDIRECT_DESC) !== 0n,
      eventIndex: (this.#driverFeatures & reg.F_EVENT_IDX) !== 0n,
    });
    this.#queues = this.#backend.queueSizes.map(
      (size) => new Virtqueue(context.memory, size, ringFeatures),
    );
  }

  // ---- VirtioPort ----

  output(output: MachineOutput): void {
    this.#context.output(output);
  }

  kick(index: number): void {
    const queue = this.#queues[index];
    if (queue === undefined || !queue.ready || !this.#live || this.#broken) return;
    try {
      this.#backend.serve(index, queue);
      if (queue.finish()) this.#interrupt(reg.INTERRUPT_USED);
    } catch (error) {
      if (!(error instanceof RingError)) throw error;
      this.#fail();
    }
  }

  configChanged(): void {
    this.#configGeneration = (this.#configGeneration + 1) >>> 0;
    if (this.#live) this.#interrupt(reg.INTERRUPT_CONFIG);
  }

  get #live(): boolean {
    return (this.#status & reg.STATUS_DRIVER_OK) !== 0;
  }

  get #broken(): boolean {
    return (this.#status & reg.STATUS_NEEDS_RESET) !== 0;
  }

  /** 2.1.2: a live driver is told by a configuration change. */
  #fail(): void {
    this.#status |= reg.STATUS_NEEDS_RESET;
    if (this.#live) this.#interrupt(reg.INTERRUPT_CONFIG);
  }

  #interrupt(bit: number): void {
    this.#interruptStatus |= bit;
    this.#context.setInterrupt(true);
  }

  // ---- registers ----

  read(offset: number, size: 1 | 2 | 4): number {
    if (offset >= reg.CONFIG) return this.#readConfig(offset - reg.CONFIG, size);
    if (size !== 4) return 0;
    switch (offset) {
      case reg.MAGIC_VALUE:
        return reg.MAGIC;
      case reg.VERSION:
        return reg.MMIO_VERSION;
      case reg.DEVICE_ID:
        return this.#backend.deviceId;
      case reg.VENDOR_ID:
        return reg.VENDOR;
      case reg.DEVICE_FEATURES:
        return half(this.#offered, this.#deviceFeaturesSel);
      case reg.QUEUE_NUM_MAX:
        return this.#selected?.maxSize ?? 0;
      case reg.QUEUE_READY:
        return this.#selected?.ready === true ? 1 : 0;
      case reg.INTERRUPT_STATUS:
        return this.#interruptStatus;
      case reg.STATUS:
        return this.#status;
      case reg.SHM_LEN_LOW:
      case reg.SHM_LEN_HIGH:
      case reg.SHM_BASE_LOW:
      case reg.SHM_BASE_HIGH:
        // 4.2.2: a region that does not exist has length -1.
        return 0xffff_ffff;
      case reg.CONFIG_GENERATION:
        return this.#configGeneration;
      default:
        return 0;
    }
  }

  #readConfig(offset: number, size: number): number {
    const config = this.#backend.config();
    let value = 0;
    for (let i = 0; i < size; i++) value |= (config[offset + i] ?? 0) << (8 * i);
    return value >>> 0;
  }

  /** No device here has writable configuration, so writes above the registers are ignored. */
  write(offset: number, size: 1 | 2 | 4, value: number): void {
    if (size !== 4) return;
    switch (offset) {
      case reg.DEVICE_FEATURES_SEL:
        this.#deviceFeaturesSel = value;
        break;
      case reg.DRIVER_FEATURES:
        this.#writeDriverFeatures(value);
        break;
      case reg.DRIVER_FEATURES_SEL:
        this.#driverFeaturesSel = value;
        break;
      case reg.QUEUE_SEL:
        this.#queueSel = value;
        break;
      case reg.QUEUE_NOTIFY:
        this.kick(value);
        break;
      case reg.INTERRUPT_ACK:
        this.#interruptStatus &= ~value;
        this.#context.setInterrupt(this.#interruptStatus !== 0);
        break;
      case reg.STATUS:
        this.#writeStatus(value);
        break;
      default:
        this.#writeQueue(offset, value);
        break;
    }
  }

  get #selected(): Virtqueue | undefined {
    return this.#queues[this.#queueSel];
  }

  #writeDriverFeatures(value: number): void {
    if ((this.#status & reg.STATUS_FEATURES_OK) !== 0 || this.#driverFeaturesSel > 1) return;
    const high = this.#driverFeaturesSel === 1;
    this.#driverFeatures = withHalf(this.#driverFeatures, high, value);
  }

  #writeStatus(value: number): void {
    if (value === 0) {
      this.#driverReset();
      return;
    }
    const was = this.#status;
    // Bits only ever come on; DEVICE_NEEDS_RESET belongs to the device (2.1.1).
    let status = was | (value & reg.STATUS_DRIVER_BITS);
    const featuresAsked = (status & ~was & reg.STATUS_FEATURES_OK) !== 0;
    if (featuresAsked && !this.#acceptable()) status &= ~reg.STATUS_FEATURES_OK;
    if ((status & reg.STATUS_FEATURES_OK) === 0) status &= ~reg.STATUS_DRIVER_OK;
    this.#status = status;
    if ((status & ~was & reg.STATUS_DRIVER_OK) !== 0) {
      for (let index = 0; index < this.#queues.length; index++) this.kick(index);
    }
  }

  /** 2.2.2 and 6.2: only offered bits, and no legacy driver. */
  #acceptable(): boolean {
    const features = this.#driverFeatures;
    return (features & ~this.#offered) === 0n && (features & reg.F_VERSION_1) !== 0n;
  }

  #writeQueue(offset: number, value: number): void {
    const queue = this.#selected;
    if (queue === undefined) return;
    if (offset === reg.QUEUE_READY) {
      this.#writeQueueReady(queue, value);
      return;
    }
    if (queue.ready) return;
    switch (offset) {
      case reg.QUEUE_NUM:
        queue.size = Math.min(value, 0xffff);
        break;
      case reg.QUEUE_DESC_LOW:
      case reg.QUEUE_DESC_HIGH:
        queue.desc = withHalf(queue.desc, offset === reg.QUEUE_DESC_HIGH, value);
        break;
      case reg.QUEUE_DRIVER_LOW:
      case reg.QUEUE_DRIVER_HIGH:
        queue.driver = withHalf(queue.driver, offset === reg.QUEUE_DRIVER_HIGH, value);
        break;
      case reg.QUEUE_DEVICE_LOW:
      case reg.QUEUE_DEVICE_HIGH:
        queue.device = withHalf(queue.device, offset === reg.QUEUE_DEVICE_HIGH, value);
        break;
      default:
        break;
    }
  }

  #writeQueueReady(queue: Virtqueue, value: number): void {
    if ((value & 1) === 0) {
      queue.ready = false;
      return;
    }
    if (queue.ready) return;
    try {
      queue.enable();
    } catch (error) {
      if (!(error instanceof RingError)) throw error;
      this.#fail();
    }
  }

  // ---- life ----

  #driverReset(): void {
    this.#resetTransport();
    this.#backend.driverReset();
  }

  #resetTransport(): void {
    this.#status = 0;
    this.#deviceFeaturesSel = 0;
    this.#driverFeaturesSel = 0;
    this.#driverFeatures = 0n;
    this.#queueSel = 0;
    this.#interruptStatus = 0;
    for (const queue of this.#queues) queue.reset();
    this.#context.setInterrupt(false);
  }

  reset(): void {
    this.#resetTransport();
    this.#configGeneration = 0;
    this.#backend.reset();
  }

  input(input: MachineInput): void {
    assert(this.#backend.input !== undefined, `${this.name} takes no input`);
    this.#backend.input(input);
  }

  room(): number {
    return this.#backend.room?.() ?? 0;
  }

  counters(): Readonly<Record<string, number>> {
    return this.#backend.counters?.() ?? {};
  }

  save(writer: ByteWriter): void {
    writer.u8(this.#status).u32(this.#deviceFeaturesSel).u32(this.#driverFeaturesSel);
    writer.u64(this.#driverFeatures).u32(this.#queueSel);
    writer.u8(this.#interruptStatus).u32(this.#configGeneration);
    writer.u8(this.#queues.length);
    for (const queue of this.#queues) queue.save(writer);
    writer.u16(this.#backend.version);
    this.#backend.save(writer);
  }

  restore(reader: ByteReader): void {
    this.#status = reader.u8();
    this.#deviceFeaturesSel = reader.u32();
    this.#driverFeaturesSel = reader.u32();
    this.#driverFeatures = reader.u64();
    if ((this.#driverFeatures & ~this.#offered) !== 0n && this.#live) {
      throw new DeviceStateError(
        `${this.name} was saved with features that it does not offer here`,
      );
    }
    this.#queueSel = reader.u32();
    this.#interruptStatus = reader.u8();
    this.#configGeneration = reader.u32();
    const queues = reader.u8();
    if (queues !== this.#queues.length) {
      throw new DeviceStateError(`${this.name} was saved with ${queues} queues`);
    }
    for (const queue of this.#queues) queue.restore(reader);
    const version = reader.u16();
    if (version > this.#backend.version) {
      throw new DeviceStateError(`${this.name} was saved by version ${version} of its backend`);
    }
    this.#backend.restore(reader, version);
    this.#context.setInterrupt(this.#interruptStatus !== 0);
  }
}

function half(value: bigint, index: number): number {
  if (index > 1) return 0;
  return Number((value >> BigInt(32 * index)) & LOW_HALF);
}

function withHalf(value: bigint, high: boolean, word: number): bigint {
  const bits = BigInt(word >>> 0);
  return high ? (value & LOW_HALF) | (bits << 32n) : (value & ~LOW_HALF) | bits;
}
