import { describe, expect, it } from 'vitest';
import type { GuestMemory } from '../../vm/devices/device.ts';
import { Htif } from './htif.ts';

const TOHOST = 0x100;
const FROMHOST = 0x108;
const CALL = 0x200;

function setUp(fromhost: number | undefined = FROMHOST) {
  const bytes = new Uint8Array(0x1000);
  const view = new DataView(bytes.buffer);
  const contains = (address: number, length: number): boolean => address + length <= bytes.length;
  const memory: Pick<GuestMemory, 'contains' | 'view' | 'readU64' | 'write'> = {
    contains,
    view: (address, length) => bytes.subarray(address, address + length),
    readU64: (address) => view.getBigUint64(address, true),
    write: (address, data) => {
      bytes.set(data, address);
    },
  };
  let printed = '';
  const htif = new Htif(memory as GuestMemory, TOHOST, fromhost, (data) => {
    printed += new TextDecoder().decode(data);
  });
  const put = (address: number, ...values: bigint[]): void => {
    values.forEach((value, i) => {
      view.setBigUint64(address + 8 * i, BigInt.asUintN(64, value), true);
    });
  };
  return {
    htif,
    put,
    bytes,
    get: (at: number) => view.getBigInt64(at, true),
    printed: () => printed,
  };
}

describe('Htif', () => {
  it.each([
    [1n, 0n],
    [3n, 1n],
    [1337n, 668n],
  ])('tohost %i ends the program', (value, code) => {
    const { htif, put } = setUp();
    expect(htif.poll()).toBeUndefined();
    put(TOHOST, value);
    expect(htif.poll()).toBe(code);
  });

  it('prints characters and answers', () => {
    const { htif, put, get, printed } = setUp();
    for (const letter of 'Hi') {
      put(TOHOST, 0x0101_0000_0000_0000n | BigInt(letter.charCodeAt(0)));
      expect(htif.poll()).toBeUndefined();
      expect(get(TOHOST)).toBe(0n);
      expect(get(FROMHOST) & 0xffn).toBe(BigInt(letter.charCodeAt(0)));
      put(FROMHOST, 0n);
    }
    expect(printed()).toBe('Hi');
  });

  it('prints without fromhost too', () => {
    const { htif, put, printed } = setUp(undefined);
    put(TOHOST, 0x0101_0000_0000_0041n);
    htif.poll();
    expect(printed()).toBe('A');
  });

  it('serves the proxied calls write and exit, and refuses others', () => {
    const { htif, put, get, bytes, printed } = setUp();
    bytes.set(new TextEncoder().encode('text'), 0x300);
    put(CALL, 64n, 1n, 0x300n, 4n);
    put(TOHOST, BigInt(CALL));
    expect(htif.poll()).toBeUndefined();
    expect(printed()).toBe('text');
    expect([get(CALL), get(FROMHOST), get(TOHOST)]).toEqual([4n, 1n, 0n]);
    put(CALL, 80n);
    put(TOHOST, BigInt(CALL));
    htif.poll();
    expect(get(CALL)).toBe(-38n);
    put(CALL, 64n, 1n, 0xfff0n, 100n);
    put(TOHOST, BigInt(CALL));
    htif.poll();
    expect(get(CALL)).toBe(-14n);
    put(CALL, 93n, 5n);
    put(TOHOST, BigInt(CALL));
    expect(htif.poll()).toBe(5n);
  });

  it('ignores devices and addresses there are none of', () => {
    const { htif, put } = setUp();
    put(TOHOST, 0x0701_0000_0000_0000n);
    expect(htif.poll()).toBeUndefined();
    put(TOHOST, 0x7000_0000n);
    expect(htif.poll()).toBeUndefined();
  });
});
