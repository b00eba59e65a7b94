import type { SeededRandom } from '../../../base/random.ts';
import { RAM_PHYSICAL } from '../../layout.ts';
import type { MachineInput } from '../../machine/inputs.ts';
import type { DeviceSet } from '../device-set.ts';
import * as reg from '../virtio-mmio/registers.ts';
import { TEST_RAM_BYTES, type TestServices } from './harness.ts';

/** Registers worth touching, by offset; virtio devices have their own list. */
const OFFSETS: Readonly<Record<string, readonly number[]>> = {
  clint0: [0, 0x4000, 0x4004, 0xbff8],
  plic0: [
    ...[1, 2, 3, 4, 5, 6, 10, 11].map((source) => 4 * source),
    ...[0x1000, 0x2000, 0x2080, 0x200000, 0x200004, 0x201000, 0x201004],
  ],
};
const VIRTIO_OFFSETS = [
  ...[reg.DEVICE_FEATURES_SEL, reg.DRIVER_FEATURES_SEL, reg.QUEUE_SEL, reg.QUEUE_NUM],
  ...[reg.QUEUE_READY, reg.QUEUE_NOTIFY, reg.QUEUE_NOTIFY, reg.INTERRUPT_STATUS],
  ...[reg.INTERRUPT_ACK, reg.STATUS, reg.DRIVER_FEATURES, reg.QUEUE_DESC_LOW],
  ...[reg.QUEUE_DRIVER_LOW, reg.QUEUE_DEVICE_LOW, reg.CONFIG_GENERATION, reg.CONFIG],
];

/** An operation as data, so that two machines can be given the same. */
export type Operation =
  | { readonly kind: 'read'; readonly address: number; readonly log2size: number }
  | {
      readonly kind: 'write';
      readonly address: number;
      readonly log2size: number;
      readonly value: number;
    }
  | { readonly kind: 'ram'; readonly address: number; readonly bytes: Uint8Array }
  | { readonly kind: 'input'; readonly input: MachineInput }
  | { readonly kind: 'time'; readonly ticks: bigint };

/** Where the rings of a virtio device lie: 32 KiB a device, 16 KiB a queue, the data at the end of RAM. */
function ringBase(slot: number, queue: number): number {
  return RAM_PHYSICAL + slot * 0x8000 + queue * 0x4000;
}

const SLOT_OF_BASE = (base: number): number => (base - 0x10001000) / 0x1000;

/** A guest and an outside that do random things, mostly sensible ones, to every device. */
export class RandomGuest {
  readonly #random: SeededRandom;
  readonly #devices: DeviceSet;

  constructor(random: SeededRandom, devices: DeviceSet) {
    this.#random = random;
    this.#devices = devices;
  }

  /** The next operations; what they do to a machine is up to `perform`. */
  next(): Operation[] {
    const random = this.#random;
    const entry = random.pick(this.#devices.present);
    const virtio = entry.base >= 0x10001000 && entry.base < 0x10009000;
    const dice = random.below(10);
    if (dice === 0) return [{ kind: 'time', ticks: BigInt(random.below(1 << 20)) }];
    if (dice < 3) return this.#input(entry.name);
    if (virtio && dice < 5) return this.#bringUp(entry.base);
    if (virtio && dice < 9) return this.#submit(entry.base);
    return [this.#access(entry.name, entry.base, virtio)];
  }

  #access(name: string, base: number, virtio: boolean): Operation {
    const random = this.#random;
    const list = virtio ? VIRTIO_OFFSETS : (OFFSETS[name] ?? []);
    const byte = name === 'uart0';
    const offset = list.length > 0 ? random.pick(list) : random.below(8) * (byte ? 1 : 4);
    const address = base + offset;
    const log2size = byte ? 0 : 2;
    if (name === 'syscon0' || random.below(2) === 0) return { kind: 'read', address, log2size };
    const value = random.pick([0, 1, 2, 4, 8, random.below(256), random.u32()]);
    return { kind: 'write', address, log2size, value };
  }

  #input(name: string): Operation[] {
    const random = this.#random;
    const bytes = random.bytes(random.pick([1, 14, 60, 300, 1600]));
    const kinds: Readonly<Record<string, () => MachineInput>> = {
      uart0: () => ({ kind: 'console', device: name, bytes }),
      rtc0: () => ({ kind: 'wall-clock', originNs: random.u64() >> 4n }),
      net0: () => ({ kind: 'frame', device: name, bytes }),
      rng0: () => ({ kind: 'entropy', device: name, bytes: bytes.slice(0, 60) }),
      console0: () => ({ kind: 'console', device: name, bytes }),
      agent0: () =>
        random.below(2) === 0
          ? { kind: 'resize', device: name, columns: 1 + random.below(300), rows: 40 }
          : { kind: 'console', device: name, bytes },
    };
    const make = kinds[name];
    return make === undefined ? [] : [{ kind: 'input', input: make() }];
  }

  /** Negotiation and rings as a driver does it, with or without the optional ring features. */
  #bringUp(base: number): Operation[] {
    const set = (offset: number, value: number): Operation => ({
      kind: 'write',
      address: base + offset,
      log2size: 2,
      value,
    });
    const operations = [
      set(reg.STATUS, 0),
      set(reg.STATUS, 3),
      set(reg.DRIVER_FEATURES_SEL, 0),
      set(reg.DRIVER_FEATURES, this.#random.below(4) << 28),
      set(reg.DRIVER_FEATURES_SEL, 1),
      set(reg.DRIVER_FEATURES, 1),
      set(reg.STATUS, 11),
    ];
    for (const queue of [0, 1]) {
      const rings = ringBase(SLOT_OF_BASE(base), queue);
      operations.push(
        { kind: 'ram', address: rings, bytes: new Uint8Array(0x4000) },
        set(reg.QUEUE_SEL, queue),
        set(reg.QUEUE_NUM, this.#random.pick([2, 4, 8])),
        set(reg.QUEUE_DESC_LOW, rings),
        set(reg.QUEUE_DRIVER_LOW, rings + 0x1000),
        set(reg.QUEUE_DEVICE_LOW, rings + 0x2000),
        set(reg.QUEUE_READY, 1),
      );
    }
    return [...operations, set(reg.STATUS, 15)];
  }

  /** Fresh descriptors and one more available entry (index 1..8), then a notification. */
  #submit(base: number): Operation[] {
    const random = this.#random;
    const queue = random.below(2);
    const rings = ringBase(SLOT_OF_BASE(base), queue);
    const table = new Uint8Array(8 * reg.DESC_BYTES);
    const view = new DataView(table.buffer);
    for (let index = 0; index < 8; index++) {
      const at = index * reg.DESC_BYTES;
      const last = index >= 1 + random.below(3);
      const room = TEST_RAM_BYTES - 0x60000;
      const wild = random.below(40) === 0;
      const address = wild ? random.u32() : RAM_PHYSICAL + 0x60000 + random.below(room - 0x1000);
      view.setUint32(at, address, true);
      view.setUint32(at + 8, random.pick([1, 16, 17, 512, 600]), true);
      const write = index > 0 || queue === 0 ? reg.DESC_WRITE : 0;
      view.setUint16(
        at + 12,
        (last ? 0 : reg.DESC_NEXT) | (base === 0x10001000 && index === 0 ? 0 : write),
        true,
      );
      view.setUint16(at + 14, random.below(20) === 0 ? random.below(10) : (index + 1) & 7, true);
    }
    const avail = new Uint8Array(22);
    avail[2] = 1 + random.below(8);
    for (let index = 0; index < 8; index++) avail[4 + 2 * index] = random.below(8);
    return [
      { kind: 'ram', address: rings, bytes: table },
      { kind: 'ram', address: rings + 0x1000, bytes: avail },
      { kind: 'write', address: base + reg.QUEUE_NOTIFY, log2size: 2, value: queue },
    ];
  }
}

/** Does an operation; returns what the guest saw, if anything. */
export function perform(
  operation: Operation,
  devices: DeviceSet,
  services: TestServices,
): number | undefined {
  switch (operation.kind) {
    case 'read':
      return devices.bus.read(operation.address, operation.log2size);
    case 'write':
      devices.bus.write(operation.address, operation.log2size, operation.value);
      return undefined;
    case 'ram':
      services.memory.write(operation.address, operation.bytes);
      return undefined;
    case 'input':
      devices.input(operation.input);
      return undefined;
    case 'time':
      services.now += operation.ticks;
      devices.advance();
      return undefined;
  }
}
