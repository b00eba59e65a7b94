import { assert } from '../../../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../../../base/bytes.ts';
import type { MachineInput } from '../../../machine/inputs.ts';
import { ByteQueue } from '../../byte-queue.ts';
import { LIMITS } from '../../limits.ts';
import type { VirtioBackend, VirtioPort } from '../../virtio-mmio/backend.ts';
import { RingError } from '../../virtio-mmio/chain.ts';
import type { Virtqueue } from '../../virtio-mmio/virtqueue.ts';
import * as reg from './registers.ts';

const POOL_BYTES = LIMITS.entropyPool.value;

/**
 * A source of random bytes (virtio 1.2, 5.4) that has none of its own (R6): it serves from a pool
 * filled by inputs. A request that finds the pool empty waits, and an `entropy-wanted` output says
 * so. After a failover that output may have been lost: the host gives every machine it takes over
 * an `entropy` input.
 */
export class VirtioEntropy implements VirtioBackend {
  readonly deviceId = reg.DEVICE_ID;
  readonly features = 0n;
  readonly queueSizes = [LIMITS.entropyQueue.value];
  readonly version = 1;
  readonly #port: VirtioPort;
  readonly #pool = new ByteQueue(POOL_BYTES);

  constructor(port: VirtioPort) {
    this.#port = port;
  }

  config(): Uint8Array {
    return new Uint8Array(0);
  }

  serve(_index: number, queue: Virtqueue): void {
    for (let left = queue.available(); left > 0; left--) {
      const chain = queue.pop();
      if (chain.writableBytes === 0) throw new RingError('entropy request that cannot be written');
      if (this.#pool.length === 0) {
        queue.unpop();
        const bytes = Math.min(chain.writableBytes, POOL_BYTES);
        this.#port.output({ kind: 'entropy-wanted', device: this.#port.name, bytes });
        return;
      }
      queue.push(chain, chain.write(0, this.#pool.shift(chain.writableBytes)));
    }
  }

  input(input: MachineInput): void {
    assert(input.kind === 'entropy', `the entropy device takes no ${input.kind} input`);
    this.#pool.push(input.bytes);
    this.#port.kick(reg.REQUESTQ);
  }

  /** Bytes that still fit. */
  room(): number {
    return this.#pool.room;
  }

  counters(): Readonly<Record<string, number>> {
    return { droppedBytes: this.#pool.dropped };
  }

  driverReset(): void {}

  reset(): void {
    this.#pool.clear();
  }

  save(writer: ByteWriter): void {
    this.#pool.save(writer);
  }

  restore(reader: ByteReader): void {
    this.#pool.restore(reader);
  }
}
