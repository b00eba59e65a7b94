/** A virtio device for tests of the transport: what it is given comes back. */
import { RAM_PHYSICAL } from '../../layout.ts';
import type { VirtioBackend } from '../virtio-mmio/backend.ts';
import * as reg from '../virtio-mmio/registers.ts';
import { VirtioMmio } from '../virtio-mmio/virtio-mmio.ts';
import type { Virtqueue } from '../virtio-mmio/virtqueue.ts';
import { TestContext } from './harness.ts';
import { VirtioDriver } from './virtio-driver.ts';

/** Answers each request with the reversed readable bytes; what `hold` says stays in the ring. */
export class Mirror implements VirtioBackend {
  readonly deviceId = 42;
  readonly features = 1n << 3n;
  readonly queueSizes = [8, 4];
  readonly version = 1;
  hold = false;
  served: number[] = [];
  resets: string[] = [];
  config(): Uint8Array {
    return Uint8Array.of(1, 2, 3, 4, 5);
  }
  serve(index: number, queue: Virtqueue): void {
    this.served.push(index);
    if (this.hold) return;
    for (let left = queue.available(); left > 0; left--) {
      const chain = queue.pop();
      queue.push(chain, chain.write(0, chain.read(0, chain.readableBytes).reverse()));
    }
  }
  driverReset(): void {
    this.resets.push('driver');
  }
  reset(): void {
    this.resets.push('power');
  }
  save(): void {}
  restore(): void {}
}

/** What the driver may have, and the least. */
export const ALL = reg.F_VERSION_1 | reg.F_INDIRECT_DESC | reg.F_EVENT_IDX | (1n << 3n);
export const PLAIN = reg.F_VERSION_1;
/** The status of a device that a driver has started. */
export const LIVE = 0x0f;

export interface MirrorBench {
  readonly context: TestContext;
  readonly mirror: Mirror;
  readonly device: VirtioMmio;
  readonly driver: VirtioDriver;
}

/** A mirror behind a transport, after power-on, and its driver. */
export function mirrorBench(): MirrorBench {
  const context = new TestContext('mirror0');
  const mirror = new Mirror();
  const device = new VirtioMmio(context, () => mirror);
  device.reset();
  const driver = new VirtioDriver(device, context.memory, RAM_PHYSICAL);
  return { context, mirror, device, driver };
}
