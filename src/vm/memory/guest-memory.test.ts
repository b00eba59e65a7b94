import { expect, it } from 'vitest';
import { AssertionError } from '../../base/assert.ts';
import { RAM_PHYSICAL } from '../layout.ts';
import { RamMemory } from './guest-memory.ts';

const SIZE = 0x2000;
const HOST_BASE = 0x100;

function setUp(): { memory: RamMemory; host: Uint8Array; written: [number, number][] } {
  const host = new Uint8Array(HOST_BASE + SIZE + 0x100);
  const written: [number, number][] = [];
  const memory = new RamMemory(
    host.buffer,
    SIZE,
    (physical, length) => written.push([physical, length]),
    HOST_BASE,
  );
  return { memory, host, written };
}

it('announces every write with its range (R1)', () => {
  const { memory, host, written } = setUp();
  memory.write(RAM_PHYSICAL + 0xffe, Uint8Array.of(1, 2, 3, 4));
  memory.writeU16(RAM_PHYSICAL, 0xbeef);
  memory.writeU32(RAM_PHYSICAL + SIZE - 4, 0xdeadbeef);
  memory.write(RAM_PHYSICAL, new Uint8Array(0));
  expect(written).toEqual([
    [RAM_PHYSICAL + 0xffe, 4],
    [RAM_PHYSICAL, 2],
    [RAM_PHYSICAL + SIZE - 4, 4],
  ]);
  expect([...host.subarray(HOST_BASE + 0xffe, HOST_BASE + 0x1002)]).toEqual([1, 2, 3, 4]);
  expect(memory.readU16(RAM_PHYSICAL)).toBe(0xbeef);
  expect(memory.readU32(RAM_PHYSICAL + SIZE - 4)).toBe(0xdeadbeef);
  expect(memory.readU64(RAM_PHYSICAL + SIZE - 8)).toBe(0xdeadbeef_00000000n);
  expect([...memory.view(RAM_PHYSICAL + 0xffe, 2)]).toEqual([1, 2]);
});

it('announces a write before anything has changed', () => {
  const host = new Uint8Array(HOST_BASE + SIZE);
  const seen: number[][] = [];
  const memory = new RamMemory(
    host.buffer,
    SIZE,
    () => seen.push([...host.subarray(HOST_BASE, HOST_BASE + 2)]),
    HOST_BASE,
  );
  memory.write(RAM_PHYSICAL, Uint8Array.of(1, 2));
  memory.writeU16(RAM_PHYSICAL, 0x0403);
  memory.writeU32(RAM_PHYSICAL, 0x0605);
  expect(seen).toEqual([
    [0, 0],
    [1, 2],
    [3, 4],
  ]);
});

it('knows what lies in RAM', () => {
  const { memory } = setUp();
  expect(memory.contains(RAM_PHYSICAL, SIZE)).toBe(true);
  expect(memory.contains(RAM_PHYSICAL + SIZE, 0)).toBe(true);
  const outside: [number, number][] = [
    [RAM_PHYSICAL - 1, 1],
    [RAM_PHYSICAL, SIZE + 1],
    [RAM_PHYSICAL + SIZE, 1],
    [0, 4],
    [RAM_PHYSICAL, -1],
    [2 ** 64, 1],
    [NaN, 1],
  ];
  for (const [address, length] of outside) expect(memory.contains(address, length)).toBe(false);
});

it('stops a caller that did not ask, before anything is written', () => {
  const { memory, host, written } = setUp();
  const before = host.slice();
  const outside = RAM_PHYSICAL + SIZE - 1;
  const wrong = [
    () => {
      memory.write(outside, Uint8Array.of(1, 2));
    },
    () => {
      memory.writeU16(outside, 1);
    },
    () => {
      memory.writeU32(outside, 1);
    },
    () => memory.readU32(outside),
    () => memory.view(outside, 2),
  ];
  for (const access of wrong) expect(access).toThrow(AssertionError);
  expect(host).toEqual(before);
  expect(written).toEqual([]);
});
