import { createHash } from 'node:crypto';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { SnapshotCodec, SnapshotEncoder } from '../../store/snapshot.ts';

/** Level 6 is within 2 % of level 9 on RAM pages and takes a third of its time. */
const LEVEL = 6;

/** zlib works in libuv's threads, so that several chunks are (de)compressed at once. */
export const nodeCodec: SnapshotCodec & SnapshotEncoder = {
  digest: async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)),
  inflate: (bytes, length) =>
    new Promise((resolve, reject) => {
      // One output buffer of the right size: the default ones of 16 KiB would each cost a round trip between threads.
      const options = { maxOutputLength: length, chunkSize: Math.max(length + 1, 64) };
      inflateRaw(bytes, options, (error, pages) => {
        if (error === null) resolve(pages);
        else reject(error);
      });
    }),
  deflate: (bytes) =>
    new Promise((resolve, reject) => {
      deflateRaw(bytes, { level: LEVEL }, (error, packed) => {
        if (error === null) resolve(new Uint8Array(packed));
        else reject(error);
      });
    }),
};

/** SHA-256 in hex. */
export const sha256Hex = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');
