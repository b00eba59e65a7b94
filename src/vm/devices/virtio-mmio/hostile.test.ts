import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../base/random.ts';
import { RAM_PHYSICAL } from '../../layout.ts';
import type { MachineInput } from '../../machine/inputs.ts';
import { TEST_RAM_BYTES, TestContext, memorySource, patternBytes } from '../testing/harness.ts';
import { VirtioDriver, type Buffer } from '../testing/virtio-driver.ts';
import { VirtioBlock } from '../virtio/block/block.ts';
import { VirtioConsole } from '../virtio/console/console.ts';
import { VirtioEntropy } from '../virtio/entropy/entropy.ts';
import { VirtioNet } from '../virtio/net/net.ts';
import type { VirtioBackend, VirtioPort } from './backend.ts';
import * as reg from './registers.ts';
import { VirtioMmio } from './virtio-mmio.ts';

interface Target {
  /** A request that is served at once. */
  readonly proper: readonly Buffer[];
  readonly create: (port: VirtioPort) => VirtioBackend;
  readonly input?: (random: SeededRandom) => MachineInput;
}

const MAC = Uint8Array.of(2, 0, 0, 0, 0, 1);
const TARGETS: Readonly<Record<string, Target>> = {
  block: {
    proper: [{ out: new Uint8Array(16) }, { in: 512 }, { in: 1 }],
    create: (port) => new VirtioBlock(port, memorySource(patternBytes(32768))),
  },
  net: {
    proper: [{ in: 1600 }],
    create: (port) => new VirtioNet(port, MAC),
    input: (random) => ({ kind: 'frame', device: 'x', bytes: random.bytes(random.below(1600)) }),
  },
  console: {
    proper: [{ in: 100 }],
    create: (port) => new VirtioConsole(port),
    input: (random) => ({ kind: 'console', device: 'x', bytes: random.bytes(random.below(5000)) }),
  },
  entropy: {
    proper: [{ in: 100 }],
    create: (port) => new VirtioEntropy(port),
    input: (random) => ({ kind: 'entropy', device: 'x', bytes: random.bytes(random.below(5000)) }),
  },
};

/** Numbers that hurt. */
function nasty(random: SeededRandom): number {
  return random.pick([
    0,
    1,
    random.below(16),
    random.below(0x10000),
    0x7fff_ffff,
    0xffff_ffff,
    RAM_PHYSICAL,
    RAM_PHYSICAL + TEST_RAM_BYTES - random.below(64),
    RAM_PHYSICAL + random.below(TEST_RAM_BYTES),
    random.u32(),
  ]);
}

/** An address in the few pages where the rings are, so that buffers, tables and rings overlap. */
const near = (random: SeededRandom): number => RAM_PHYSICAL + random.below(0x8000);

const FLAGS = [0, reg.DESC_NEXT, reg.DESC_WRITE, reg.DESC_NEXT | reg.DESC_WRITE, reg.DESC_INDIRECT];

function attackRing(driver: VirtioDriver, index: number, random: SeededRandom): void {
  const queue = driver.queues[index];
  if (queue === undefined) return;
  for (let i = 0; i < queue.size; i++) {
    const address = random.below(8) === 0 ? nasty(random) : near(random);
    const length = random.below(8) === 0 ? nasty(random) : random.pick([0, 1, 16, 64, 513, 4096]);
    const flags = random.below(20) === 0 ? random.below(0x10000) : random.pick(FLAGS);
    driver.describe(queue.desc, i, address, length, flags, random.below(queue.size + 1));
    driver.memory.writeU16(queue.avail + 4 + 2 * i, random.below(queue.size + (i === 0 ? 1 : 0)));
  }
  const step = random.below(10) === 0 ? random.below(0x10000) : random.below(queue.size + 1);
  const used = driver.memory.readU16(queue.used + 2);
  driver.memory.writeU16(queue.avail + 2, (used + step) & 0xffff);
  driver.notify(index);
}

/** Starts anew and has one proper request served; what follows finds a live device. */
function behave(driver: VirtioDriver, target: Target, random: SeededRandom): void {
  driver.start();
  driver.add(0, target.proper, random.below(2) === 0);
  driver.notify(0);
  if (target.input !== undefined) driver.device.input?.(target.input(random));
}

function attack(driver: VirtioDriver, target: Target, random: SeededRandom): void {
  const { device } = driver;
  switch (random.below(10)) {
    case 0: {
      const sizes = [4, 8, 2];
      driver.start(random.pick([driver.offered(), reg.F_VERSION_1]), random.pick(sizes));
      break;
    }
    case 1:
      device.write(random.below(0x140) & ~3, 4, nasty(random));
      break;
    case 2:
      device.write(random.below(0x1000), random.pick([1, 2, 4]), nasty(random));
      device.read(random.below(0x1000), random.pick([1, 2, 4]));
      break;
    case 3:
      driver.memory.write(near(random), random.bytes(64));
      break;
    case 4:
      if (target.input !== undefined) device.input?.(target.input(random));
      break;
    case 5:
      behave(driver, target, random);
      break;
    default:
      attackRing(driver, random.below(2), random);
      break;
  }
}

describe.each(Object.entries(TARGETS))('a hostile driver of %s', (_name, target) => {
  it.each(Array.from({ length: 8 }, (_, seed) => seed))(
    'cannot make it throw, hang or write in secret: seed %i',
    (seed) => {
      const random = new SeededRandom(seed);
      const context = new TestContext('x');
      const device = new VirtioMmio(context, target.create);
      device.reset();
      // Both queues' rings and all buffers within 32 KiB.
      const driver = new VirtioDriver(device, context.memory, RAM_PHYSICAL);
      driver.start();
      for (let round = 0; round < 3000; round++) {
        attack(driver, target, random);
        context.outputs = [];
      }
      const silent = context.ram.findIndex((byte, at) => byte !== 0 && context.announced[at] === 0);
      expect(silent).toBe(-1);
      // It still serves who behaves.
      device.reset();
      behave(driver, target, random);
      if (target.input !== undefined) device.input(target.input(random));
      expect(driver.get(reg.STATUS)).toBe(15);
      expect(driver.reap(0)).toHaveLength(1);
    },
  );

  it('breaks and recovers on the way: the attack reaches both', () => {
    const random = new SeededRandom(99);
    const context = new TestContext('x');
    const device = new VirtioMmio(context, target.create);
    const driver = new VirtioDriver(device, context.memory, RAM_PHYSICAL).start();
    let broken = 0;
    let served = 0;
    for (let round = 0; round < 3000; round++) {
      attack(driver, target, random);
      if ((driver.get(reg.STATUS) & reg.STATUS_NEEDS_RESET) !== 0) broken += 1;
      else if ((driver.acknowledge() & reg.INTERRUPT_USED) !== 0) served += 1;
    }
    expect(broken).toBeGreaterThan(50);
    expect(served).toBeGreaterThan(50);
  });
});

it('serves at most one ring full in a notification, even if a buffer lies over the ring', () => {
  // Each read of the disk moves the available index on by one: without a bound it would never end.
  const context = new TestContext('x');
  const disk = patternBytes(512 * 16);
  const source = memorySource(disk);
  let reads = 0;
  const device = new VirtioMmio(
    context,
    (port) =>
      new VirtioBlock(port, {
        size: source.size,
        read: (_offset, bytes) => {
          reads += 1;
          bytes.fill(0);
          new DataView(bytes.buffer, bytes.byteOffset).setUint16(2, reads + 1, true);
        },
      }),
  );
  const driver = new VirtioDriver(device, context.memory, RAM_PHYSICAL).start(reg.F_VERSION_1, 8);
  const { desc, avail } = driver.queue(0);
  driver.describe(desc, 0, RAM_PHYSICAL + 0x8000, 16, reg.DESC_NEXT, 1);
  driver.describe(desc, 1, avail, 512, reg.DESC_WRITE | reg.DESC_NEXT, 2);
  driver.describe(desc, 2, RAM_PHYSICAL + 0x8100, 1, reg.DESC_WRITE, 0);
  driver.offer(0, 0);
  driver.notify(0);
  expect(reads).toBe(1);
  expect(driver.reap(0)).toHaveLength(1);
});
