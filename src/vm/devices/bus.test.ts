import { expect, it } from 'vitest';
import { Bus } from './bus.ts';
import type { Device, DeviceSlot } from './device.ts';

class Recorder implements Device {
  readonly version = 1;
  readonly log: string[] = [];
  value = 0;
  read(offset: number, size: number): number {
    this.log.push(`r${offset}/${size}`);
    return this.value;
  }
  write(offset: number, size: number, value: number): void {
    this.log.push(`w${offset}/${size}=${value}`);
  }
  reset(): void {}
  save(): void {}
  restore(): void {}
}

const slot = (name: string, base: number, size: number): DeviceSlot => ({
  name,
  base,
  size,
  interrupt: 0,
});

function setUp(): { bus: Bus; a: Recorder; b: Recorder; unmapped: number[] } {
  const a = new Recorder();
  const b = new Recorder();
  const unmapped: number[] = [];
  const bus = new Bus(
    [
      [slot('b', 0x2000, 0x100), b],
      [slot('a', 0x1000, 0x1000), a],
    ],
    (physical) => unmapped.push(physical),
  );
  return { bus, a, b, unmapped };
}

it('gives each access to the device at its address, with offset and size', () => {
  const { bus, a, b, unmapped } = setUp();
  a.value = 0xffff_ff85;
  expect(bus.read(0x1ffc, 2)).toBe(0xffff_ff85);
  expect(bus.read(0x1ffe, 1)).toBe(0xff85);
  expect(bus.read(0x1fff, 0)).toBe(0x85);
  bus.write(0x2000, 0, -1);
  bus.write(0x2002, 1, -1);
  bus.write(0x20fc, 2, -1);
  expect(a.log).toEqual(['r4092/4', 'r4094/2', 'r4095/1']);
  expect(b.log).toEqual(['w0/1=255', 'w2/2=65535', 'w252/4=4294967295']);
  expect(unmapped).toEqual([]);
});

it('reports what no device answers, also where only part of the access is mapped', () => {
  const { bus, a, b, unmapped } = setUp();
  bus.write(0x20ff, 1, 1);
  expect(bus.read(0xfff, 1)).toBe(0);
  expect(bus.read(0x1ffe, 2)).toBe(0);
  expect(bus.read(0xf000_0000 | 0, 2)).toBe(0);
  expect(unmapped).toEqual([0x20ff, 0xfff, 0x1ffe, 0xf000_0000]);
  expect([a.log, b.log]).toEqual([[], []]);
});

it('refuses devices that overlap', () => {
  const device = new Recorder();
  expect(
    () =>
      new Bus(
        [
          [slot('a', 0x1000, 0x1001), device],
          [slot('b', 0x2000, 0x100), device],
        ],
        () => undefined,
      ),
  ).toThrow('overlap');
});
