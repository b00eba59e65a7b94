import { beforeEach, describe, expect, it } from 'vitest';
import { RAM_PHYSICAL } from '../../layout.ts';
import { TEST_RAM_BYTES, type TestContext } from '../testing/harness.ts';
import { LIVE, mirrorBench, PLAIN, type Mirror } from '../testing/mirror.ts';
import type { VirtioDriver } from '../testing/virtio-driver.ts';
import * as reg from './registers.ts';

let context: TestContext;
let mirror: Mirror;
let driver: VirtioDriver;

beforeEach(() => {
  ({ context, mirror, driver } = mirrorBench());
});

describe('broken drivers get DEVICE_NEEDS_RESET', () => {
  const END = RAM_PHYSICAL + TEST_RAM_BYTES;
  const expectBroken = (live = true): void => {
    expect(driver.get(reg.STATUS) & reg.STATUS_NEEDS_RESET).toBe(reg.STATUS_NEEDS_RESET);
    expect(context.line).toBe(live);
    if (!live) return;
    expect(driver.get(reg.INTERRUPT_STATUS) & reg.INTERRUPT_CONFIG).toBe(reg.INTERRUPT_CONFIG);
    mirror.served = [];
    driver.notify(0);
    expect(mirror.served).toEqual([]);
    driver.start();
    expect(driver.get(reg.STATUS)).toBe(LIVE);
    expect(driver.request(0, [{ out: Uint8Array.of(1) }, { in: 1 }]).written).toBe(1);
  };

  const describeOne = (address: number, length: number, flags: number, next = 0): void => {
    driver.describe(driver.queue(0).desc, 0, address, length, flags, next);
    driver.offer(0, 0);
    driver.notify(0);
  };

  it.each<[string, (start: () => void) => void]>([
    [
      'a head outside the queue',
      (start) => {
        start();
        driver.offer(0, 8);
        driver.notify(0);
      },
    ],
    [
      'more entries than the queue has',
      (start) => {
        start();
        context.memory.writeU16(driver.queue(0).avail + 2, 9);
        driver.notify(0);
      },
    ],
    [
      'an index that went backwards',
      (start) => {
        start();
        driver.request(0, [{ in: 1 }]);
        context.memory.writeU16(driver.queue(0).avail + 2, 0);
        driver.notify(0);
      },
    ],
    [
      'a chain that bites its tail',
      (start) => {
        start();
        describeOne(RAM_PHYSICAL, 1, reg.DESC_NEXT, 0);
      },
    ],
    [
      'a next outside the queue',
      (start) => {
        start();
        describeOne(RAM_PHYSICAL, 1, reg.DESC_NEXT, 8);
      },
    ],
    [
      'a buffer below RAM',
      (start) => {
        start();
        describeOne(0x1000_0000, 4, reg.DESC_WRITE);
      },
    ],
    [
      'a buffer across the end of RAM',
      (start) => {
        start();
        describeOne(END - 1, 2, 0);
      },
    ],
    [
      'a buffer whose end wraps',
      (start) => {
        start();
        describeOne(END - 1, 0xffff_ffff, 0);
      },
    ],
    [
      'a buffer above 4 GiB',
      (start) => {
        start();
        describeOne(RAM_PHYSICAL + 2 ** 32, 1, 0);
      },
    ],
    [
      'an indirect table that was not negotiated',
      () => {
        driver.start(PLAIN);
        driver.add(0, [{ in: 1 }], true);
        driver.notify(0);
      },
    ],
    [
      'an indirect table inside an indirect table',
      (start) => {
        start();
        driver.describe(RAM_PHYSICAL + 0x8000, 0, RAM_PHYSICAL, 16, reg.DESC_INDIRECT, 0);
        describeOne(RAM_PHYSICAL + 0x8000, 16, reg.DESC_INDIRECT);
      },
    ],
    [
      'an indirect descriptor with a next',
      (start) => {
        start();
        describeOne(RAM_PHYSICAL + 0x8000, 16, reg.DESC_INDIRECT | reg.DESC_NEXT, 1);
      },
    ],
    [
      'an indirect table of a crooked length',
      (start) => {
        start();
        describeOne(RAM_PHYSICAL + 0x8000, 17, reg.DESC_INDIRECT);
      },
    ],
    [
      'an empty indirect table',
      (start) => {
        start();
        describeOne(RAM_PHYSICAL + 0x8000, 0, reg.DESC_INDIRECT);
      },
    ],
    [
      'an indirect table outside RAM',
      (start) => {
        start();
        describeOne(END - 16, 32, reg.DESC_INDIRECT);
      },
    ],
    [
      'a next outside its indirect table',
      (start) => {
        start();
        driver.describe(RAM_PHYSICAL + 0x8000, 0, RAM_PHYSICAL, 16, reg.DESC_NEXT, 1);
        describeOne(RAM_PHYSICAL + 0x8000, 16, reg.DESC_INDIRECT);
      },
    ],
    [
      'a readable buffer behind a writable one',
      (start) => {
        start();
        driver.add(0, [{ in: 1 }, { out: Uint8Array.of(1) }]);
        driver.notify(0);
      },
    ],
    [
      'an indirect chain longer than the queue',
      (start) => {
        start();
        driver.add(
          0,
          Array.from({ length: 9 }, () => ({ in: 1 })),
          true,
        );
        driver.notify(0);
      },
    ],
  ])('%s', (_name, act) => {
    act(() => driver.start());
    expectBroken();
  });

  it('accepts the longest chains that are allowed', () => {
    driver.start();
    const eight = Array.from({ length: 8 }, () => ({ in: 1 }));
    driver.request(0, eight);
    driver.request(0, eight, true);
    expect(driver.get(reg.STATUS)).toBe(LIVE);
  });

  it.each([
    ['outside RAM', { desc: 0, avail: RAM_PHYSICAL, used: RAM_PHYSICAL }, 8],
    ['across the end', { desc: RAM_PHYSICAL, avail: RAM_PHYSICAL, used: END - 64 }, 8],
    ['misaligned', { desc: RAM_PHYSICAL + 8, avail: RAM_PHYSICAL, used: RAM_PHYSICAL }, 8],
    ['of size 0', { desc: RAM_PHYSICAL, avail: RAM_PHYSICAL, used: RAM_PHYSICAL }, 0],
    ['of size 3', { desc: RAM_PHYSICAL, avail: RAM_PHYSICAL, used: RAM_PHYSICAL }, 3],
    ['too large', { desc: RAM_PHYSICAL, avail: RAM_PHYSICAL, used: RAM_PHYSICAL }, 16],
    ['far too large', { desc: RAM_PHYSICAL, avail: RAM_PHYSICAL, used: RAM_PHYSICAL }, 0x10008],
  ])('a queue %s', (_name, place, size) => {
    driver.negotiate(PLAIN);
    driver.set(reg.QUEUE_SEL, 0);
    driver.set(reg.QUEUE_NUM, size);
    driver.placeQueue(place);
    driver.set(reg.QUEUE_READY, 1);
    expect(driver.get(reg.QUEUE_READY)).toBe(0);
    expectBroken(false);
  });

  it('does not swallow mistakes that are not the driver’s', () => {
    driver.start();
    mirror.serve = () => {
      throw new Error('a mistake of ours');
    };
    expect(() => {
      driver.notify(0);
    }).toThrow('a mistake of ours');
  });
});
