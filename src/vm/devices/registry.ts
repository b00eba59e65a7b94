import { assert } from '../../base/assert.ts';
import type { TreeNode } from '../devicetree/tree.ts';
import { Clint } from './clint/clint.ts';
import { clintNode } from './clint/tree.ts';
import type { ByteSource, Device, DeviceContext, DeviceSlot } from './device.ts';
import { GoldfishRtc } from './goldfish-rtc/goldfish-rtc.ts';
import { goldfishRtcNode } from './goldfish-rtc/tree.ts';
import { Plic } from './plic/plic.ts';
import { plicNode } from './plic/tree.ts';
import { Syscon } from './syscon/syscon.ts';
import { sysconNode } from './syscon/tree.ts';
import { uartNode } from './uart16550/tree.ts';
import { Uart16550 } from './uart16550/uart16550.ts';
import type { VirtioBackend, VirtioPort } from './virtio-mmio/backend.ts';
import { virtioNode } from './virtio-mmio/tree.ts';
import { VirtioMmio } from './virtio-mmio/virtio-mmio.ts';
import { VirtioBlock } from './virtio/block/block.ts';
import { VirtioConsole } from './virtio/console/console.ts';
import { VirtioEntropy } from './virtio/entropy/entropy.ts';
import { VirtioNet } from './virtio/net/net.ts';

/** What the devices are configured with; the same on both sides of a pair. */
export interface DeviceConfig {
  /** The root disk; without it the machine has no `disk0`. */
  readonly disk?: ByteSource;
  /** A second disk; without it the machine has no `disk1`. */
  readonly disk1?: ByteSource;
  /** Six bytes. */
  readonly mac: Uint8Array;
  /** Nanoseconds since the epoch that correspond to guest tick 0. */
  readonly wallClockOriginNs: bigint;
}

/** An instance that a machine may have. */
export interface RegisteredDevice extends DeviceSlot {
  /** False when the configuration leaves the device out: no mapping, no section, no node. */
  present(config: DeviceConfig): boolean;
  create(context: DeviceContext, config: DeviceConfig): Device;
  /** The device's node in the tree, a child of /soc. */
  node(slot: DeviceSlot): TreeNode;
}

const always = (): boolean => true;

/** A virtio device in one of QEMU virt's MMIO slots: 4 KiB each, interrupt 1 + slot. */
function virtio(
  index: number,
  name: string,
  create: (port: VirtioPort, config: DeviceConfig) => VirtioBackend,
  present: (config: DeviceConfig) => boolean = always,
): RegisteredDevice {
  return {
    name,
    base: 0x10001000 + index * 0x1000,
    size: 0x1000,
    interrupt: 1 + index,
    present,
    create: (context, config) => new VirtioMmio(context, (port) => create(port, config)),
    node: virtioNode,
  };
}

function disk(port: VirtioPort, source: ByteSource | undefined): VirtioBackend {
  assert(source !== undefined, `${port.name} is made only when it is present`);
  return new VirtioBlock(port, source);
}

/** Every device of the machine, at the addresses and interrupts of QEMU's `virt` board. One entry adds one. */
export const REGISTRY: readonly RegisteredDevice[] = [
  {
    name: 'syscon0',
    base: 0x100000,
    size: 0x1000,
    interrupt: 0,
    present: always,
    create: (context) => new Syscon(context),
    node: sysconNode,
  },
  {
    name: 'rtc0',
    base: 0x101000,
    size: 0x1000,
    interrupt: 11,
    present: always,
    create: (context, config) => new GoldfishRtc(context, config.wallClockOriginNs),
    node: goldfishRtcNode,
  },
  {
    name: 'clint0',
    base: 0x2000000,
    size: 0x10000,
    interrupt: 0,
    present: always,
    create: (context) => new Clint(context),
    node: clintNode,
  },
  {
    name: 'plic0',
    base: 0xc000000,
    size: 0x600000,
    interrupt: 0,
    present: always,
    create: (context) => new Plic(context),
    node: plicNode,
  },
  {
    name: 'uart0',
    base: 0x10000000,
    size: 0x100,
    interrupt: 10,
    present: always,
    create: (context) => new Uart16550(context),
    node: uartNode,
  },
  virtio(
    0,
    'disk0',
    (port, config) => disk(port, config.disk),
    (config) => config.disk !== undefined,
  ),
  virtio(1, 'console0', (port) => new VirtioConsole(port)),
  virtio(2, 'agent0', (port) => new VirtioConsole(port)),
  virtio(3, 'net0', (port, config) => new VirtioNet(port, config.mac)),
  virtio(4, 'rng0', (port) => new VirtioEntropy(port)),
  virtio(
    5,
    'disk1',
    (port, config) => disk(port, config.disk1),
    (config) => config.disk1 !== undefined,
  ),
];

/** The instances that a machine of this configuration has. */
export function presentDevices(config: DeviceConfig): readonly RegisteredDevice[] {
  return REGISTRY.filter((entry) => entry.present(config));
}
