import { beforeEach, describe, expect, it } from 'vitest';
import { RAM_PHYSICAL } from '../../../layout.ts';
import { LIMITS } from '../../limits.ts';
import { TestContext, patternBytes } from '../../testing/harness.ts';
import { VirtioDriver } from '../../testing/virtio-driver.ts';
import * as mmio from '../../virtio-mmio/registers.ts';
import { VirtioMmio } from '../../virtio-mmio/virtio-mmio.ts';
import { VirtioNet } from './net.ts';
import * as reg from './registers.ts';

const MAC = Uint8Array.of(0x52, 0x54, 0, 1, 2, 3);
let context: TestContext;
let device: VirtioMmio;
let driver: VirtioDriver;

const arrive = (bytes: Uint8Array): void => {
  device.input({ kind: 'frame', device: 'net0', bytes });
};
const room = (bytes: number): { in: number }[] => [{ in: bytes }];

beforeEach(() => {
  context = new TestContext('net0');
  device = new VirtioMmio(context, (port) => new VirtioNet(port, MAC));
  device.reset();
  driver = new VirtioDriver(device, context.memory, RAM_PHYSICAL).start();
});

it('says its address and that the link is up', () => {
  expect(driver.get(mmio.DEVICE_ID)).toBe(1);
  const config = Array.from({ length: 9 }, (_, i) => device.read(mmio.CONFIG + i, 1));
  expect(config).toEqual([...MAC, 1, 0, 0]);
});

it('refuses an address that is none', () => {
  const make = (mac: Uint8Array) => () =>
    new VirtioMmio(context, (port) => new VirtioNet(port, mac));
  expect(make(new Uint8Array(5))).toThrow('unicast');
  expect(make(Uint8Array.of(1, 0, 0, 0, 0, 0))).toThrow('unicast');
});

describe('transmitting', () => {
  it('lets frames out without their header', () => {
    const frame = patternBytes(200);
    const used = driver.request(reg.TRANSMITQ, [
      { out: new Uint8Array(12) },
      { out: frame.subarray(0, 14) },
      { out: frame.subarray(14) },
    ]);
    expect(used.written).toBe(0);
    expect(context.outputs).toEqual([{ kind: 'frame', device: 'net0', bytes: frame }]);
  });

  it.each([0, 11, 12, 25, 12 + LIMITS.netFrame.value + 1])(
    'drops %i bytes, and counts',
    (length) => {
      driver.request(reg.TRANSMITQ, [{ out: new Uint8Array(length) }]);
      expect(context.outputs).toEqual([]);
      expect(device.counters()).toEqual({ droppedIn: 0, droppedOut: 1 });
      expect(driver.get(mmio.STATUS) & mmio.STATUS_NEEDS_RESET).toBe(0);
    },
  );
});

describe('receiving', () => {
  it('puts a frame behind a header into one buffer, and interrupts', () => {
    driver.add(reg.RECEIVEQ, room(1600));
    driver.notify(reg.RECEIVEQ);
    expect(context.line).toBe(false);
    const frame = patternBytes(60);
    arrive(frame);
    expect(context.line).toBe(true);
    const [used] = driver.reap(reg.RECEIVEQ);
    expect(used?.written).toBe(72);
    expect([...(used?.bytes.subarray(0, 12) ?? [])]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    expect(used?.bytes.subarray(12, 72)).toEqual(frame);
  });

  it('keeps frames in order until there are buffers, up to its limit', () => {
    for (let i = 0; i < LIMITS.netBacklog.value + 3; i++) arrive(new Uint8Array(14).fill(i));
    expect(device.room()).toBe(0);
    expect(device.counters()).toEqual({ droppedIn: 3, droppedOut: 0 });
    for (let i = 0; i < LIMITS.netBacklog.value; i++) {
      const used = driver.request(reg.RECEIVEQ, room(26));
      expect(used.bytes[12]).toBe(i);
    }
    expect(device.room()).toBe(LIMITS.netBacklog.value);
  });

  it('keeps a copy of what arrives', () => {
    const frame = new Uint8Array(14).fill(1);
    arrive(frame);
    frame.fill(2);
    expect(driver.request(reg.RECEIVEQ, room(26)).bytes[12]).toBe(1);
  });

  it('drops a frame that its buffer cannot hold and keeps the buffer', () => {
    driver.add(reg.RECEIVEQ, room(100));
    arrive(new Uint8Array(89));
    expect(driver.reap(reg.RECEIVEQ)).toEqual([]);
    arrive(new Uint8Array(88));
    expect(driver.reap(reg.RECEIVEQ)).toHaveLength(1);
    expect(device.counters()).toEqual({ droppedIn: 1, droppedOut: 0 });
  });

  it('drops what is no frame, and everything at a driver reset', () => {
    for (const length of [0, 13, LIMITS.netFrame.value + 1]) arrive(new Uint8Array(length));
    expect(device.counters()).toEqual({ droppedIn: 3, droppedOut: 0 });
    arrive(new Uint8Array(14));
    driver.start();
    driver.add(reg.RECEIVEQ, room(100));
    driver.notify(reg.RECEIVEQ);
    expect(driver.reap(reg.RECEIVEQ)).toEqual([]);
  });

  it('takes frames only', () => {
    expect(() => {
      device.input({ kind: 'console', device: 'net0', bytes: new Uint8Array(1) });
    }).toThrow('takes no console input');
  });
});
