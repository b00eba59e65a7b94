/** A snapshot in a file: its header, and a thread that unpacks the rest. */
import { open } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { err } from '../../base/result.ts';
import { snapshotError } from '../../store/snapshot.ts';
import { SnapshotLoader, type Outcome } from '../shared/snapshot-loader.ts';
import { nodeCodec } from './node-codec.ts';
import type { UnpackSetup } from './worker-messages.ts';

/** Little more than a header has. */
const HEADER_READ_BYTES = 1 << 16;
const READ_BYTES = 1 << 20;

async function* readParts(path: string, partBytes: number): AsyncGenerator<Uint8Array, void> {
  const file = await open(path, 'r');
  try {
    for (;;) {
      const part = new Uint8Array(partBytes);
      const { bytesRead } = await file.read(part, 0, partBytes);
      if (bytesRead === 0) return;
      yield part.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** Does something with a snapshot whose header has been read; the file is closed behind it. */
export async function withSnapshot<T>(
  path: string,
  guestDigest: Uint8Array,
  use: (opened: Outcome<SnapshotLoader>) => T | Promise<T>,
  partBytes = READ_BYTES,
): Promise<T> {
  const parts = readParts(path, partBytes);
  try {
    return await use(await SnapshotLoader.open(parts, nodeCodec, guestDigest));
  } finally {
    await parts.return();
  }
}

/** What is known of a snapshot before it is unpacked. */
export type SnapshotHead = Pick<SnapshotLoader, 'header' | 'digest'>;

/** Reads and checks the header of a snapshot. */
export const readSnapshotHead = (
  path: string,
  guestDigest: Uint8Array,
): Promise<Outcome<SnapshotHead>> =>
  withSnapshot(path, guestDigest, (opened) => opened, HEADER_READ_BYTES);

/**
 * Unpacks a snapshot in a thread of its own. What comes and goes meanwhile, twice the bytes of the guest's
 * RAM, leaves with the thread; in this one it would stay until the next collection, which may never come.
 */
export async function unpackSnapshot(setup: UnpackSetup): Promise<Outcome<undefined>> {
  const worker = new Worker(new URL('./unpack-worker.js', import.meta.url), { workerData: setup });
  try {
    return await new Promise((resolve) => {
      worker.once('message', resolve);
      worker.once('error', (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        resolve(err(snapshotError('damaged', `the snapshot cannot be unpacked (${reason})`)));
      });
    });
  } finally {
    await worker.terminate();
  }
}
