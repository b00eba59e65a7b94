import { assert } from '../../../../base/assert.ts';
import { ascii } from '../../../devicetree/tree.ts';
import type { ByteReader, ByteWriter } from '../../../../base/bytes.ts';
import { DeviceStateError, type ByteSource } from '../../device.ts';
import { LIMITS } from '../../limits.ts';
import type { VirtioBackend, VirtioPort } from '../../virtio-mmio/backend.ts';
import { RingError, type Chain } from '../../virtio-mmio/chain.ts';
import type { Virtqueue } from '../../virtio-mmio/virtqueue.ts';
import * as reg from './registers.ts';

/** What became of a request, and how many data bytes were written from the start on. */
interface Outcome {
  readonly status: number;
  readonly written: number;
}

/**
 * A read-only disk (virtio 1.2, 5.2) over a synchronous byte source. What the source holds is no
 * part of the saved state: both sides of a pair hold the same disk, named by its digest.
 */
export class VirtioBlock implements VirtioBackend {
  readonly deviceId = reg.DEVICE_ID;
  readonly features = reg.F_RO | reg.F_BLK_SIZE | reg.F_SEG_MAX;
  readonly queueSizes = [LIMITS.blockQueue.value];
  readonly version = 1;
  readonly #source: ByteSource;
  readonly #id: Uint8Array;
  readonly #config: Uint8Array;
  readonly #piece = new Uint8Array(LIMITS.blockPiece.value);
  #readErrors = 0;

  constructor(port: VirtioPort, source: ByteSource) {
    assert(source.size % reg.SECTOR_BYTES === 0, 'a disk has whole sectors');
    this.#source = source;
    this.#id = new Uint8Array(reg.ID_BYTES);
    this.#id.set(ascii(port.name).subarray(0, reg.ID_BYTES));
    this.#config = new Uint8Array(reg.CONFIG_BYTES);
    const view = new DataView(this.#config.buffer);
    view.setBigUint64(reg.CONFIG_CAPACITY, BigInt(source.size / reg.SECTOR_BYTES), true);
    view.setUint32(reg.CONFIG_SEG_MAX, LIMITS.blockSegments.value, true);
    view.setUint32(reg.CONFIG_BLK_SIZE, reg.SECTOR_BYTES, true);
  }

  config(): Uint8Array {
    return this.#config;
  }

  serve(_index: number, queue: Virtqueue): void {
    for (let left = queue.available(); left > 0; left--) {
      const chain = queue.pop();
      queue.push(chain, this.#request(chain));
    }
  }

  /** Serves one request and returns the bytes written: data and the status byte behind it. */
  #request(chain: Chain): number {
    const header = chain.read(0, reg.HEADER_BYTES);
    if (header.length < reg.HEADER_BYTES || chain.writableBytes < 1) {
      throw new RingError('block request without header or status');
    }
    const view = new DataView(header.buffer);
    const type = view.getUint32(0, true);
    const room = chain.writableBytes - 1;
    const { status, written } = this.#data(chain, type, view.getBigUint64(8, true), room);
    chain.write(room, Uint8Array.of(status));
    // 2.7.8.2: what is reported must be written without a gap from the start on.
    return written === room ? room + 1 : written;
  }

  #data(chain: Chain, type: number, sector: bigint, room: number): Outcome {
    switch (type) {
      case reg.T_IN:
        return this.#readSectors(chain, sector, room);
      case reg.T_OUT:
        // 5.2.6.2: a write to a read-only device fails so.
        return { status: reg.S_IOERR, written: 0 };
      case reg.T_GET_ID:
        if (room < reg.ID_BYTES) return { status: reg.S_IOERR, written: 0 };
        return { status: reg.S_OK, written: chain.write(0, this.#id) };
      default:
        return { status: reg.S_UNSUPP, written: 0 };
    }
  }

  #readSectors(chain: Chain, sector: bigint, length: number): Outcome {
    const end = sector * BigInt(reg.SECTOR_BYTES) + BigInt(length);
    const whole = length % reg.SECTOR_BYTES === 0 && length <= LIMITS.blockRequest.value;
    if (!whole || end > BigInt(this.#source.size)) {
      return { status: reg.S_IOERR, written: 0 };
    }
    const start = Number(sector) * reg.SECTOR_BYTES;
    let written = 0;
    while (written < length) {
      const piece = this.#piece.subarray(0, Math.min(this.#piece.length, length - written));
      if (!this.#readPiece(start + written, piece)) return { status: reg.S_IOERR, written };
      written += chain.write(written, piece);
    }
    return { status: reg.S_OK, written };
  }

  /** A failing source is an I/O error for the guest, as with a failing disk. */
  #readPiece(offset: number, piece: Uint8Array): boolean {
    try {
      this.#source.read(offset, piece);
      return true;
    } catch {
      this.#readErrors += 1;
      return false;
    }
  }

  counters(): Readonly<Record<string, number>> {
    return { readErrors: this.#readErrors };
  }

  driverReset(): void {}

  reset(): void {
    this.#readErrors = 0;
  }

  save(writer: ByteWriter): void {
    writer.u64(BigInt(this.#source.size)).u64(BigInt(this.#readErrors));
  }

  restore(reader: ByteReader): void {
    const size = reader.u64();
    if (size !== BigInt(this.#source.size)) {
      throw new DeviceStateError(`the disk had ${size} bytes, this one has ${this.#source.size}`);
    }
    this.#readErrors = Number(reader.u64());
  }
}
