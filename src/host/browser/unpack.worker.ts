/** Unpacks chunks of a snapshot straight into guest RAM, beside its siblings. */
import { expose } from 'comlink';
import { unpackChunk, type ChunkEntry } from '../../store/snapshot.ts';
import type { Outcome } from '../shared/snapshot-loader.ts';
import { browserCodec } from './browser-codec.ts';

export class UnpackApi {
  /** `ram` is a view on shared memory. */
  unpack(
    entry: ChunkEntry,
    stored: Uint8Array<ArrayBuffer>,
    ram: Uint8Array,
  ): Promise<Outcome<undefined>> {
    return unpackChunk(browserCodec, entry, stored, ram);
  }
}

expose(new UnpackApi());
