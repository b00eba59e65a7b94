import { beforeEach, describe, expect, it } from 'vitest';
import { RAM_PHYSICAL } from '../../../layout.ts';
import type { ByteSource } from '../../device.ts';
import { LIMITS } from '../../limits.ts';
import { TEST_RAM_BYTES, TestContext, memorySource, patternBytes } from '../../testing/harness.ts';
import { VirtioDriver, type Buffer, type Used } from '../../testing/virtio-driver.ts';
import * as mmio from '../../virtio-mmio/registers.ts';
import { VirtioMmio } from '../../virtio-mmio/virtio-mmio.ts';
import { VirtioBlock } from './block.ts';
import * as reg from './registers.ts';

const DISK = patternBytes(64 * reg.SECTOR_BYTES);
let context: TestContext;
let device: VirtioMmio;
let driver: VirtioDriver;

function start(source: ByteSource): void {
  context = new TestContext('disk0');
  device = new VirtioMmio(context, (port) => new VirtioBlock(port, source));
  device.reset();
  driver = new VirtioDriver(device, context.memory, RAM_PHYSICAL).start();
}

function header(type: number, sector: bigint): Uint8Array {
  const bytes = new Uint8Array(reg.HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setBigUint64(8, sector, true);
  return bytes;
}

const ask = (type: number, sector: bigint, ...rest: readonly Buffer[]): Used =>
  driver.request(reg.REQUESTQ, [{ out: header(type, sector) }, ...rest], true);
const status = (used: Used): number | undefined => used.bytes.at(-1);

beforeEach(() => {
  start(memorySource(DISK));
});

it('says what it is', () => {
  expect(driver.get(mmio.DEVICE_ID)).toBe(2);
  expect(driver.offered() & 0xffn).toBe(reg.F_RO | reg.F_BLK_SIZE | reg.F_SEG_MAX);
  expect(device.read(mmio.CONFIG, 4)).toBe(64);
  expect(device.read(mmio.CONFIG + 4, 4)).toBe(0);
  expect(device.read(mmio.CONFIG + 12, 4)).toBe(254);
  expect(device.read(mmio.CONFIG + 20, 4)).toBe(512);
});

describe('reading', () => {
  it('fills the buffers of a request, however they are cut', () => {
    const used = ask(reg.T_IN, 3n, { in: 100 }, { in: 412 }, { in: 512 }, { in: 1 });
    expect(used.written).toBe(1025);
    expect(used.bytes.subarray(0, 1024)).toEqual(DISK.subarray(3 * 512, 5 * 512));
    expect(status(used)).toBe(reg.S_OK);
    expect(context.line).toBe(true);
  });

  it('does not care about the framing of header and status', () => {
    const [head, tail] = [header(reg.T_IN, 1n).subarray(0, 5), header(reg.T_IN, 1n).subarray(5)];
    const used = driver.request(0, [{ out: head }, { out: tail }, { in: 513 }]);
    expect(used.bytes.subarray(0, 512)).toEqual(DISK.subarray(512, 1024));
    expect(status(used)).toBe(reg.S_OK);
  });

  it('copies requests larger than its piece', () => {
    const large = patternBytes(512 * 300);
    start(memorySource(large));
    // The test driver gives 12 KiB a request: aim the descriptors at free RAM by hand.
    const data = RAM_PHYSICAL + 0x80000 - 512;
    const length = 512 * 290;
    const { desc } = driver.queue(0);
    context.memory.write(data - 16, header(reg.T_IN, 10n));
    driver.describe(desc, 0, data - 16, 16, mmio.DESC_NEXT, 1);
    driver.describe(desc, 1, data, length + 1, mmio.DESC_WRITE, 0);
    driver.offer(0, 0);
    driver.notify(0);
    expect(driver.reap(0)[0]?.written).toBe(length + 1);
    expect(context.memory.view(data, length)).toEqual(large.subarray(5120, 5120 + length));
  });

  it.each([
    ['past the end', 63n, 1024],
    ['far past the end', 2n ** 55n, 512],
    ['where sectors overflow', 2n ** 64n - 1n, 512],
    ['of half a sector', 0n, 256],
  ])('fails with an I/O error %s', (_name, sector, length) => {
    const used = ask(reg.T_IN, sector, { in: length }, { in: 1 });
    expect(status(used)).toBe(reg.S_IOERR);
    expect(used.written).toBe(0);
    expect(device.counters()).toEqual({ readErrors: 0 }); // the source was not even asked
    expect(driver.get(mmio.STATUS) & mmio.STATUS_NEEDS_RESET).toBe(0);
  });

  it('fails with an I/O error above its limit', () => {
    const length = LIMITS.blockRequest.value;
    start({ size: 2 * length, read: () => undefined });
    const { desc } = driver.queue(0);
    const piece = TEST_RAM_BYTES / 2;
    const count = length / piece;
    const table = RAM_PHYSICAL + 0x4000;
    // All pieces are the same half of RAM: what counts is their sum, a sector over the limit.
    driver.describe(table, 0, RAM_PHYSICAL + 0x3ff0, 16, mmio.DESC_NEXT, 1);
    context.memory.write(RAM_PHYSICAL + 0x3ff0, header(reg.T_IN, 0n));
    const flags = mmio.DESC_WRITE | mmio.DESC_NEXT;
    for (let i = 1; i <= count; i++)
      driver.describe(table, i, RAM_PHYSICAL + piece, piece, flags, i + 1);
    driver.describe(table, count + 1, RAM_PHYSICAL + piece, 513, mmio.DESC_WRITE, 0);
    driver.negotiate(driver.offered());
    driver.setupQueue(0, 64);
    driver.driverOk();
    driver.describe(desc, 0, table, (count + 2) * 16, mmio.DESC_INDIRECT, 0);
    driver.offer(0, 0);
    driver.notify(0);
    expect(driver.reap(0)[0]?.written).toBe(0);
    expect(context.memory.view(RAM_PHYSICAL + piece + 512, 1)[0]).toBe(reg.S_IOERR);
  });

  it('turns an error of the source into an I/O error, and goes on', () => {
    let broken = true;
    const good = memorySource(DISK);
    start({
      size: DISK.length,
      read: (offset, target) => {
        if (broken) throw new Error('the network is gone');
        good.read(offset, target);
      },
    });
    expect(status(ask(reg.T_IN, 0n, { in: 512 }, { in: 1 }))).toBe(reg.S_IOERR);
    expect(device.counters()).toEqual({ readErrors: 1 });
    broken = false;
    expect(status(ask(reg.T_IN, 0n, { in: 512 }, { in: 1 }))).toBe(reg.S_OK);
  });
});

describe('other requests', () => {
  it('gives its name as ID', () => {
    const used = ask(reg.T_GET_ID, 0n, { in: 20 }, { in: 1 });
    expect(new TextDecoder().decode(used.bytes.subarray(0, 6))).toBe('disk0\0');
    expect(used.written).toBe(21);
    expect(status(ask(reg.T_GET_ID, 0n, { in: 19 }, { in: 1 }))).toBe(reg.S_IOERR);
  });

  it('refuses writes, and knows no others', () => {
    const data = { out: new Uint8Array(512) };
    expect(status(ask(reg.T_OUT, 0n, data, { in: 1 }))).toBe(reg.S_IOERR);
    expect(status(ask(4, 0n, { in: 1 }))).toBe(reg.S_UNSUPP);
    expect(status(ask(11, 0n, { in: 1 }))).toBe(reg.S_UNSUPP);
  });

  it.each([
    ['header', [{ out: new Uint8Array(15) }, { in: 1 }]],
    ['status', [{ out: new Uint8Array(16) }]],
  ])('asks for a reset when there is no room for the %s', (_name, buffers) => {
    driver.add(0, buffers);
    driver.notify(0);
    expect(driver.get(mmio.STATUS) & mmio.STATUS_NEEDS_RESET).not.toBe(0);
    expect(driver.reap(0)).toEqual([]);
  });
});
