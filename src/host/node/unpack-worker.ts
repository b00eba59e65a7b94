/** The thread that unpacks a snapshot into guest RAM, says how that went, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { defined } from '../../base/assert.ts';
import { sameBytes } from '../../base/bytes.ts';
import { err } from '../../base/result.ts';
import { snapshotError, unpackChunk } from '../../store/snapshot.ts';
import type { Outcome } from '../shared/snapshot-loader.ts';
import { nodeCodec } from './node-codec.ts';
import { withSnapshot } from './snapshot-file.ts';
import type { UnpackSetup } from './worker-messages.ts';

/** libuv has four threads; a few more chunks keep them busy while the next is read (R7). */
const CHUNKS_IN_FLIGHT = 8;

const { path, guestDigest, digest, ram } = workerData as UnpackSetup;

const outcome = await withSnapshot(
  path,
  guestDigest,
  async (opened): Promise<Outcome<undefined>> => {
    if (!opened.ok) return opened;
    // Somebody may just be making it anew.
    if (!sameBytes(opened.value.digest, digest))
      return err(snapshotError('damaged', 'the snapshot was changed while it was read'));
    return opened.value.unpack(
      (entry, stored) => unpackChunk(nodeCodec, entry, stored, ram),
      CHUNKS_IN_FLIGHT,
    );
  },
);
defined(parentPort, 'the port to the main thread').postMessage(outcome);
