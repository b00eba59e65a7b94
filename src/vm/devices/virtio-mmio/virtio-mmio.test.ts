import { beforeEach, describe, expect, it } from 'vitest';
import { RAM_PHYSICAL } from '../../layout.ts';
import type { TestContext } from '../testing/harness.ts';
import { ALL, LIVE, mirrorBench, PLAIN, type Mirror } from '../testing/mirror.ts';
import type { VirtioDriver } from '../testing/virtio-driver.ts';
import * as reg from './registers.ts';
import type { VirtioMmio } from './virtio-mmio.ts';

let context: TestContext;
let mirror: Mirror;
let device: VirtioMmio;
let driver: VirtioDriver;

beforeEach(() => {
  ({ context, mirror, device, driver } = mirrorBench());
});

describe('negotiation', () => {
  it('names itself', () => {
    expect(driver.get(reg.MAGIC_VALUE)).toBe(0x74726976);
    expect(driver.get(reg.VERSION)).toBe(2);
    expect(driver.get(reg.DEVICE_ID)).toBe(42);
    expect(driver.offered()).toBe(ALL);
    driver.set(reg.DEVICE_FEATURES_SEL, 2);
    expect(driver.get(reg.DEVICE_FEATURES)).toBe(0);
  });

  it('refuses features that are not offered, and legacy drivers', () => {
    expect(driver.negotiate(ALL | (1n << 40n))).toBe(false);
    expect(driver.negotiate(ALL | 1n)).toBe(false);
    expect(driver.negotiate(1n << 3n)).toBe(false);
    driver.driverOk();
    expect(driver.get(reg.STATUS) & reg.STATUS_DRIVER_OK).toBe(0);
    expect(driver.negotiate(PLAIN)).toBe(true);
  });

  it('does not take features after FEATURES_OK', () => {
    driver.start(PLAIN);
    driver.set(reg.DRIVER_FEATURES_SEL, 0);
    driver.set(reg.DRIVER_FEATURES, 1 << 29);
    driver.request(0, [{ out: Uint8Array.of(1) }, { in: 1 }]);
    expect(driver.availEvent(0)).toBe(0);
  });

  it('lets the driver set status bits but not clear them, nor claim a needed reset', () => {
    driver.start();
    driver.set(reg.STATUS, reg.STATUS_NEEDS_RESET | 1);
    expect(driver.get(reg.STATUS)).toBe(LIVE);
  });

  it('reads the configuration in any width, zeros behind it, and ignores writes', () => {
    device.write(reg.CONFIG, 1, 9);
    expect(device.read(reg.CONFIG, 4)).toBe(0x04030201);
    expect(device.read(reg.CONFIG + 1, 2)).toBe(0x0302);
    expect(device.read(reg.CONFIG + 4, 4)).toBe(5);
    expect(device.read(0xffc, 4)).toBe(0);
  });

  it('has no shared memory', () => {
    expect(driver.get(reg.SHM_LEN_LOW)).toBe(0xffff_ffff);
  });

  it('forgets everything at a driver reset', () => {
    driver.start();
    driver.request(0, [{ out: Uint8Array.of(1) }, { in: 1 }]);
    expect(context.line).toBe(true);
    driver.set(reg.STATUS, 0);
    expect(context.line).toBe(false);
    expect(driver.get(reg.INTERRUPT_STATUS)).toBe(0);
    driver.set(reg.QUEUE_SEL, 0);
    expect(driver.get(reg.QUEUE_READY)).toBe(0);
    expect(mirror.resets).toEqual(['power', 'driver', 'driver']); // negotiation resets first
  });
});

describe('queues', () => {
  it('has as many as the backend, of its sizes', () => {
    const sizes = [0, 1, 2].map((index) => {
      driver.set(reg.QUEUE_SEL, index);
      return driver.get(reg.QUEUE_NUM_MAX);
    });
    expect(sizes).toEqual([8, 4, 0]);
  });

  it.each([
    ['plain', PLAIN, false],
    ['indirect', PLAIN | reg.F_INDIRECT_DESC, true],
    ['event index', PLAIN | reg.F_EVENT_IDX, false],
  ])('serves requests round the ring many times: %s', (_name, features, indirect) => {
    driver.negotiate(features);
    driver.setupQueue(0, 8);
    driver.driverOk();
    for (let round = 0; round < 500; round++) {
      const bytes = Uint8Array.of(round & 0xff, round >>> 8, 7);
      const buffers = [
        { out: bytes.subarray(0, 1) },
        { out: bytes.subarray(1) },
        { in: 2 },
        { in: 9 },
      ];
      const used = driver.request(0, buffers, indirect);
      expect(used.written).toBe(3);
      expect([...used.bytes.subarray(0, 3)]).toEqual([...bytes].reverse());
    }
  });

  it.each([
    ['plain', PLAIN, 0],
    ['event index', PLAIN | reg.F_EVENT_IDX, 65_530],
  ])('goes on where the 16-bit indices wrap: %s', (_name, features, usedEvent) => {
    driver.negotiate(features);
    const queue = driver.setupQueue(0, 8);
    driver.driverOk();
    // Every ring entry names descriptor 0, one writable byte.
    driver.describe(queue.desc, 0, RAM_PHYSICAL + 0x8000, 1, reg.DESC_WRITE, 0);
    driver.setUsedEvent(0, usedEvent);
    const interrupts: number[] = [];
    for (let index = 8; index <= 65_536 + 16; index += 8) {
      context.memory.writeU16(queue.avail + 2, index & 0xffff);
      driver.notify(0);
      if (context.memory.readU16(queue.used + 2) !== (index & 0xffff))
        throw new Error(`at ${index}`);
      if (driver.acknowledge() !== 0) interrupts.push(index);
    }
    if (usedEvent === 0) expect(interrupts).toHaveLength(8194);
    else expect(interrupts).toEqual([65_536]);
    expect(driver.get(reg.STATUS)).toBe(LIVE);
  });

  it('serves nothing before DRIVER_OK, and at DRIVER_OK what waits', () => {
    driver.negotiate(PLAIN);
    driver.setupQueue(0, 8);
    driver.add(0, [{ out: Uint8Array.of(1, 2) }, { in: 2 }]);
    driver.notify(0);
    expect(driver.reap(0)).toEqual([]);
    driver.driverOk();
    expect(driver.reap(0)).toHaveLength(1);
    expect(context.line).toBe(true);
  });

  it('ignores notifications of queues that are not there or not ready', () => {
    driver.negotiate(PLAIN);
    driver.setupQueue(0, 8);
    driver.driverOk();
    mirror.served = [];
    for (const index of [1, 2, 0xffff_ffff]) driver.notify(index);
    expect(mirror.served).toEqual([]);
  });

  it('keeps size and addresses of a ready queue', () => {
    driver.start(PLAIN);
    driver.set(reg.QUEUE_SEL, 0);
    driver.set(reg.QUEUE_NUM, 3);
    driver.placeQueue({ desc: 0, avail: 0, used: 0 });
    expect(driver.request(0, [{ out: Uint8Array.of(5) }, { in: 1 }]).written).toBe(1);
  });

  it('can be taken out of service and put back, from the start of new rings', () => {
    driver.start(PLAIN);
    driver.request(0, [{ out: Uint8Array.of(5) }, { in: 1 }]);
    driver.set(reg.QUEUE_SEL, 0);
    driver.set(reg.QUEUE_READY, 0);
    expect(driver.get(reg.QUEUE_READY)).toBe(0);
    driver.setupQueue(0, 4);
    expect(driver.request(0, [{ out: Uint8Array.of(6) }, { in: 1 }]).head).toBe(0);
  });
});

describe('interrupts', () => {
  const buffers = [{ out: Uint8Array.of(1) }, { in: 1 }];

  it('stay until acknowledged, bit by bit', () => {
    driver.start(PLAIN);
    driver.request(0, buffers);
    device.configChanged();
    expect(driver.get(reg.INTERRUPT_STATUS)).toBe(3);
    driver.set(reg.INTERRUPT_ACK, reg.INTERRUPT_USED);
    expect([driver.get(reg.INTERRUPT_STATUS), context.line]).toEqual([2, true]);
    driver.set(reg.INTERRUPT_ACK, reg.INTERRUPT_CONFIG);
    expect([driver.get(reg.INTERRUPT_STATUS), context.line]).toEqual([0, false]);
  });

  it('are suppressed by the available flag', () => {
    driver.start(PLAIN);
    context.memory.writeU16(driver.queue(0).avail, reg.AVAIL_NO_INTERRUPT);
    driver.request(0, buffers);
    expect(context.line).toBe(false);
  });

  it('come with the event index when it is passed, and only then', () => {
    driver.start(ALL);
    driver.setUsedEvent(0, 2);
    context.memory.writeU16(driver.queue(0).avail, reg.AVAIL_NO_INTERRUPT);
    const lines = [0, 1, 2, 3].map(() => {
      driver.request(0, buffers);
      return driver.acknowledge();
    });
    expect(lines).toEqual([0, 0, 1, 0]);
    driver.setUsedEvent(0, 5);
    for (let i = 0; i < 3; i++) driver.add(0, buffers);
    driver.notify(0);
    expect(driver.acknowledge()).toBe(1);
  });

  it('say by the event index from which entry on to notify', () => {
    driver.start(ALL);
    driver.request(0, buffers);
    expect(driver.availEvent(0)).toBe(1);
    mirror.hold = true;
    driver.add(0, buffers);
    driver.notify(0);
    expect(driver.availEvent(0)).toBe(1);
  });

  it('are not raised for a notification that brought nothing', () => {
    driver.start(PLAIN);
    driver.notify(0);
    expect(context.line).toBe(false);
    device.configChanged();
    expect(driver.get(reg.CONFIG_GENERATION)).toBe(1);
  });
});
