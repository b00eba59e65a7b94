import { beforeEach, describe, expect, it } from 'vitest';
import { RAM_PHYSICAL } from '../../../layout.ts';
import { LIMITS } from '../../limits.ts';
import { TestContext, ascii } from '../../testing/harness.ts';
import { VirtioDriver, type Used } from '../../testing/virtio-driver.ts';
import * as mmio from '../../virtio-mmio/registers.ts';
import { VirtioMmio } from '../../virtio-mmio/virtio-mmio.ts';
import { VirtioConsole } from './console.ts';
import * as reg from './registers.ts';

let context: TestContext;
let device: VirtioMmio;
let driver: VirtioDriver;

const type = (text: string): void => {
  device.input({ kind: 'console', device: 'console0', bytes: ascii(text) });
};
const resize = (columns: number, rows: number): void => {
  device.input({ kind: 'resize', device: 'console0', columns, rows });
};
const size = (): [number, number] => [device.read(mmio.CONFIG, 2), device.read(mmio.CONFIG + 2, 2)];
const text = (used: readonly Used[]): string =>
  used.map((one) => new TextDecoder().decode(one.bytes.subarray(0, one.written))).join('|');

beforeEach(() => {
  context = new TestContext('console0');
  device = new VirtioMmio(context, (port) => new VirtioConsole(port));
  device.reset();
  driver = new VirtioDriver(device, context.memory, RAM_PHYSICAL);
});

describe('output', () => {
  it('leaves with each request', () => {
    driver.start();
    driver.add(reg.TRANSMITQ, [{ out: ascii('hel') }, { out: ascii('lo') }]);
    driver.add(reg.TRANSMITQ, [{ out: ascii(' world') }]);
    driver.notify(reg.TRANSMITQ);
    expect(driver.reap(reg.TRANSMITQ).map((used) => used.written)).toEqual([0, 0]);
    expect(context.outputs).toHaveLength(2);
    expect(context.consoleText('console0')).toBe('hello world');
  });

  it('has a limit a request', () => {
    driver.start();
    const half = LIMITS.consoleChain.value / 2;
    const { desc } = driver.queue(reg.TRANSMITQ);
    driver.describe(desc, 0, RAM_PHYSICAL, half, mmio.DESC_NEXT, 1);
    driver.describe(desc, 1, RAM_PHYSICAL, half, mmio.DESC_NEXT, 2);
    driver.describe(desc, 2, RAM_PHYSICAL, 1, 0, 0);
    driver.offer(reg.TRANSMITQ, 0);
    driver.notify(reg.TRANSMITQ);
    expect(driver.get(mmio.STATUS) & mmio.STATUS_NEEDS_RESET).not.toBe(0);
    expect(context.outputs).toEqual([]);
  });
});

describe('input', () => {
  it('goes into waiting buffers as it comes', () => {
    driver.start();
    driver.add(reg.RECEIVEQ, [{ in: 16 }]);
    driver.add(reg.RECEIVEQ, [{ in: 16 }]);
    type('ls\n');
    expect(context.line).toBe(true);
    expect(text(driver.reap(reg.RECEIVEQ))).toBe('ls\n');
    type('a text longer than one buffer');
    expect(text(driver.reap(reg.RECEIVEQ))).toBe('a text longer th');
    driver.add(reg.RECEIVEQ, [{ in: 16 }]);
    driver.notify(reg.RECEIVEQ);
    expect(text(driver.reap(reg.RECEIVEQ))).toBe('an one buffer');
  });

  it('waits for a driver, and survives its reset', () => {
    type('early');
    driver.negotiate(driver.offered());
    driver.setupQueue(reg.RECEIVEQ, 8);
    driver.add(reg.RECEIVEQ, [{ in: 16 }]);
    expect(driver.reap(reg.RECEIVEQ)).toEqual([]);
    driver.driverOk();
    expect(text(driver.reap(reg.RECEIVEQ))).toBe('early');
  });

  it('has a limit, and says how much fits', () => {
    expect(device.room()).toBe(LIMITS.consoleBacklog.value);
    type('x'.repeat(LIMITS.consoleBacklog.value + 10));
    expect(device.room()).toBe(0);
    expect(device.counters()).toEqual({ droppedBytes: 10 });
  });

  it('cannot go into a buffer that cannot be written', () => {
    driver.start();
    driver.add(reg.RECEIVEQ, [{ out: new Uint8Array(4) }]);
    type('x');
    expect(driver.get(mmio.STATUS) & mmio.STATUS_NEEDS_RESET).not.toBe(0);
  });
});

describe('size', () => {
  it('interrupts a live driver and bumps the generation', () => {
    driver.start();
    expect(size()).toEqual([80, 24]);
    const generation = driver.get(mmio.CONFIG_GENERATION);
    resize(132, 43);
    expect(context.line).toBe(true);
    expect(driver.acknowledge()).toBe(mmio.INTERRUPT_CONFIG);
    expect(driver.get(mmio.CONFIG_GENERATION)).not.toBe(generation);
    expect(size()).toEqual([132, 43]);
    resize(132, 43);
    expect(context.line).toBe(false);
  });

  it('is there before the driver and stays through resets', () => {
    resize(100, 30);
    expect(context.line).toBe(false);
    device.reset();
    expect(size()).toEqual([100, 30]);
  });

  it('must be a size', () => {
    for (const [columns, rows] of [
      [0, 24],
      [80, 65536],
      [80.5, 24],
    ] as const) {
      expect(() => {
        resize(columns, rows);
      }).toThrow('a console of');
    }
  });
});
