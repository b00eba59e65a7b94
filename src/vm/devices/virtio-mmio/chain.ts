import type { GuestMemory } from '../device.ts';
import * as reg from './registers.ts';

/** The driver broke the rules of the ring; the device stops and asks for a reset (2.1.2). */
export class RingError extends Error {
  override readonly name = 'RingError';
}

/** A piece of guest RAM named by a descriptor; checked to lie in RAM. */
interface Segment {
  readonly address: number;
  readonly length: number;
}

interface Descriptor {
  readonly address: number;
  readonly length: number;
  readonly flags: number;
  readonly next: number;
}

function readDescriptor(memory: GuestMemory, table: number, index: number): Descriptor {
  const at = table + index * reg.DESC_BYTES;
  return {
    // Above 2^53 this is inexact, and out of RAM all the same.
    address: Number(memory.readU64(at)),
    length: memory.readU32(at + 8),
    flags: memory.readU16(at + 12),
    next: memory.readU16(at + 14),
  };
}

/** A request: the buffers of one descriptor chain, read-only ones and writable ones, each as one byte string. */
export class Chain {
  /** Index of the first descriptor: the request's name in the used ring. */
  readonly head: number;
  readonly #memory: GuestMemory;
  readonly #readable: readonly Segment[];
  readonly #writable: readonly Segment[];
  readonly readableBytes: number;
  readonly writableBytes: number;

  constructor(
    memory: GuestMemory,
    head: number,
    readable: readonly Segment[],
    writable: readonly Segment[],
  ) {
    this.#memory = memory;
    this.head = head;
    this.#readable = readable;
    this.#writable = writable;
    this.readableBytes = totalBytes(readable);
    this.writableBytes = totalBytes(writable);
  }

  /** A copy of `length` readable bytes from `offset`; fewer when the chain ends before. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const count = Math.max(0, Math.min(length, this.readableBytes - offset));
    const out = new Uint8Array(count);
    forRange(this.#readable, offset, count, (address, at, piece) => {
      out.set(this.#memory.view(address, piece), at);
    });
    return out;
  }

  /** Writes into the writable bytes from `offset`; what does not fit is cut off. Returns the bytes written. */
  write(offset: number, bytes: Uint8Array): number {
    const count = Math.max(0, Math.min(bytes.length, this.writableBytes - offset));
    forRange(this.#writable, offset, count, (address, at, piece) => {
      this.#memory.write(address, bytes.subarray(at, at + piece));
    });
    return count;
  }
}

function totalBytes(segments: readonly Segment[]): number {
  return segments.reduce((total, segment) => total + segment.length, 0);
}

/** Calls `piece` for each contiguous part of `count` bytes from `offset` of the segments' concatenation. */
function forRange(
  segments: readonly Segment[],
  offset: number,
  count: number,
  piece: (address: number, at: number, length: number) => void,
): void {
  let skip = offset;
  let done = 0;
  for (const segment of segments) {
    if (done === count) return;
    if (skip >= segment.length) {
      skip -= segment.length;
      continue;
    }
    const length = Math.min(segment.length - skip, count - done);
    piece(segment.address + skip, done, length);
    done += length;
    skip = 0;
  }
}

/**
 * Follows a chain from `head` (2.7.5), through at most one indirect table.
 *
 * @param size the queue size: the bound of the chain's length
 * @param indirect whether VIRTIO_F_RING_INDIRECT_DESC was negotiated
 * @throws {RingError} on an index outside the table, a chain longer than the queue (which includes
 *   loops), a buffer outside RAM, a readable buffer after a writable one, a wrong indirect table.
 */
export function readChain(
  memory: GuestMemory,
  table: number,
  size: number,
  head: number,
  indirect: boolean,
): Chain {
  const readable: Segment[] = [];
  const writable: Segment[] = [];
  let entries = size;
  let base = table;
  let index = head;
  let nested = false;
  for (let count = 0; ; count++) {
    if (index >= entries) throw new RingError(`descriptor ${index} of ${entries}`);
    // The descriptor that names the indirect table does not count.
    if (count >= size + (nested ? 1 : 0))
      throw new RingError('descriptor chain longer than the queue');
    const descriptor = readDescriptor(memory, base, index);
    const { address, length, flags } = descriptor;
    if ((flags & reg.DESC_INDIRECT) !== 0) {
      if (!indirect || nested || (flags & reg.DESC_NEXT) !== 0) {
        throw new RingError('indirect descriptor where none is allowed');
      }
      if (length === 0 || length % reg.DESC_BYTES !== 0 || !memory.contains(address, length)) {
        throw new RingError('indirect table of a wrong size or outside RAM');
      }
      nested = true;
      base = address;
      entries = length / reg.DESC_BYTES;
      index = 0;
      continue;
    }
    if (!memory.contains(address, length)) throw new RingError('buffer outside RAM');
    if ((flags & reg.DESC_WRITE) !== 0) writable.push({ address, length });
    else if (writable.length > 0) throw new RingError('readable buffer after a writable one');
    else readable.push({ address, length });
    if ((flags & reg.DESC_NEXT) === 0) return new Chain(memory, head, readable, writable);
    index = descriptor.next;
  }
}
