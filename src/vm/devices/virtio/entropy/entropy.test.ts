import { beforeEach, expect, it } from 'vitest';
import { RAM_PHYSICAL } from '../../../layout.ts';
import { LIMITS } from '../../limits.ts';
import { TestContext, patternBytes } from '../../testing/harness.ts';
import { VirtioDriver } from '../../testing/virtio-driver.ts';
import * as mmio from '../../virtio-mmio/registers.ts';
import { VirtioMmio } from '../../virtio-mmio/virtio-mmio.ts';
import { VirtioEntropy } from './entropy.ts';

let context: TestContext;
let device: VirtioMmio;
let driver: VirtioDriver;

const pour = (bytes: Uint8Array): void => {
  device.input({ kind: 'entropy', device: 'rng0', bytes });
};

beforeEach(() => {
  context = new TestContext('rng0');
  device = new VirtioMmio(context, (port) => new VirtioEntropy(port));
  device.reset();
  driver = new VirtioDriver(device, context.memory, RAM_PHYSICAL).start();
});

it('serves from the pool, each byte once', () => {
  const bytes = patternBytes(100);
  pour(bytes);
  expect(driver.request(0, [{ in: 32 }, { in: 32 }]).bytes).toEqual(bytes.subarray(0, 64));
  const rest = driver.request(0, [{ in: 64 }]);
  expect(rest.written).toBe(36);
  expect(rest.bytes.subarray(0, 36)).toEqual(bytes.subarray(64));
  expect(context.outputs).toEqual([]);
});

it('asks when the pool is empty, and serves when it is filled', () => {
  driver.add(0, [{ in: 64 }]);
  driver.notify(0);
  expect(context.outputs).toEqual([{ kind: 'entropy-wanted', device: 'rng0', bytes: 64 }]);
  expect([context.line, driver.reap(0)]).toEqual([false, []]);
  pour(patternBytes(64));
  expect(context.line).toBe(true);
  expect(driver.reap(0)[0]?.bytes).toEqual(patternBytes(64));
});

it('asks again when what it got served only some', () => {
  driver.add(0, [{ in: 64 }]);
  driver.add(0, [{ in: 2 * LIMITS.entropyPool.value }]);
  driver.notify(0);
  pour(patternBytes(64));
  expect(context.outputs.at(-1)).toEqual({
    kind: 'entropy-wanted',
    device: 'rng0',
    bytes: LIMITS.entropyPool.value,
  });
  pour(patternBytes(1));
  expect(driver.reap(0).map((used) => used.written)).toEqual([64, 1]);
});

it('bounds the pool', () => {
  pour(new Uint8Array(LIMITS.entropyPool.value + 5));
  expect([device.room(), device.counters()]).toEqual([0, { droppedBytes: 5 }]);
});

it('cannot serve a request that cannot be written', () => {
  driver.add(0, [{ out: new Uint8Array(4) }]);
  driver.notify(0);
  expect(driver.get(mmio.STATUS) & mmio.STATUS_NEEDS_RESET).not.toBe(0);
});
