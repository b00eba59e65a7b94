/**
 * Fetches a snapshot and has it unpacked. What comes and goes meanwhile, twice the bytes of the guest's RAM, leaves
 * with this thread: the machine's, which never yields, would keep much of it for as long as it runs.
 */
import { expose } from 'comlink';
import { assert } from '../../base/assert.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { SnapshotHeader } from '../../store/snapshot.ts';
import type { HostProblem } from '../shared/problem.ts';
import { SnapshotLoader, type Outcome } from '../shared/snapshot-loader.ts';
import { stageReporter, type Report } from './boot-files.ts';
import { browserCodec } from './browser-codec.ts';
import { fetchSnapshot } from './guest-server.ts';
import { snapshotProblem } from './snapshot-problem.ts';
import { UnpackPool } from './unpack-pool.ts';

/** What is known of a snapshot before it is unpacked. */
export interface SnapshotHead extends Pick<SnapshotHeader, 'ramBytes' | 'sections'> {
  readonly digest: Uint8Array;
}

class SnapshotWorker {
  // Its workers start while the header comes.
  readonly #pool = new UnpackPool();
  #loader: SnapshotLoader | undefined;

  /**
   * Fetches up to the header; undefined when the server has no snapshot.
   * @param guestUrl absolute, ending in a slash
   * @param guest names the guest that it must be a state of
   */
  async open(
    guestUrl: string,
    guest: Uint8Array,
    report: Report,
  ): Promise<Result<SnapshotHead | undefined, HostProblem>> {
    const total: { bytes: number | undefined } = { bytes: undefined };
    const onBytes = stageReporter(report, 'snapshot', () => total.bytes);
    const parts = await fetchSnapshot(guestUrl, onBytes);
    if (!parts.ok) return parts;
    if (parts.value === undefined) return ok(undefined);
    const opened = await SnapshotLoader.open(parts.value, browserCodec, guest);
    if (!opened.ok) return err(snapshotProblem(opened.error.message));
    this.#loader = opened.value;
    total.bytes = opened.value.totalBytes;
    const { header, digest } = opened.value;
    return ok({ ramBytes: header.ramBytes, sections: header.sections, digest });
  }

  /** Unpacks what was opened. `ram` is all of guest RAM, in shared memory. */
  async unpack(ram: Uint8Array): Promise<Outcome<undefined>> {
    const loader = this.#loader;
    assert(loader !== undefined, 'unpack comes after open');
    const pool = this.#pool;
    return loader.unpack((entry, stored) => pool.unpack(entry, stored, ram), pool.capacity);
  }
}

export type SnapshotWorkerApi = Pick<SnapshotWorker, 'open' | 'unpack'>;

expose(new SnapshotWorker());
