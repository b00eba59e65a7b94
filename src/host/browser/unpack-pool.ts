import { transfer, wrap, type Remote } from 'comlink';
import type { ChunkEntry } from '../../store/snapshot.ts';
import { defined } from '../../base/assert.ts';
import type { Outcome } from '../shared/snapshot-loader.ts';
import type { UnpackApi } from './unpack.worker.ts';

/** More threads do not help: then the network or the memory is the limit. */
const MOST_WORKERS = 4;
/** Each worker has the next chunk at hand when it is done with one. */
const CHUNKS_PER_WORKER = 2;

/** A few workers that unpack a snapshot. */
export class UnpackPool {
  readonly #workers: Worker[] = [];
  readonly #remotes: { readonly api: Remote<UnpackApi>; busy: number }[] = [];
  /** Rejects when a worker breaks: without this its chunk would be waited for forever. */
  readonly #broken: Promise<never>;

  constructor() {
    const count = Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency));
    const failures: Promise<never>[] = [];
    for (let i = 0; i < count; i++) {
      const worker = new Worker(new URL('./unpack.worker.ts', import.meta.url), {
        type: 'module',
        name: `unpack-${String(i)}`,
      });
      failures.push(
        new Promise((_resolve, reject) => {
          worker.addEventListener('error', (event) => {
            reject(new Error(`a worker could not be started: ${event.message}`));
          });
        }),
      );
      this.#workers.push(worker);
      this.#remotes.push({ api: wrap<UnpackApi>(worker), busy: 0 });
    }
    this.#broken = Promise.race(failures);
    // Each call listens too; this is only so that a pool without calls reports nothing.
    this.#broken.catch(() => undefined);
  }

  /** Chunks that may be under way at a time. */
  get capacity(): number {
    return this.#remotes.length * CHUNKS_PER_WORKER;
  }

  /** Unpacks one chunk. `stored` is gone afterwards. */
  async unpack(
    entry: ChunkEntry,
    stored: Uint8Array<ArrayBuffer>,
    ram: Uint8Array,
  ): Promise<Outcome<undefined>> {
    const remote = defined(
      [...this.#remotes].sort((a, b) => a.busy - b.busy)[0],
      'a worker to unpack with',
    );
    remote.busy += 1;
    try {
      const call = remote.api.unpack(entry, transfer(stored, [stored.buffer]), ram);
      return await Promise.race([call, this.#broken]);
    } finally {
      remote.busy -= 1;
    }
  }

  dispose(): void {
    for (const worker of this.#workers) worker.terminate();
  }
}
