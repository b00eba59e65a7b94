/** Loads a snapshot from a stream, several chunks at a time. Where it is unpacked is the host's choice. */
import { sameBytes } from '../../base/bytes.ts';
import { err, ok, type Result } from '../../base/result.ts';
import {
  snapshotError,
  SnapshotReader,
  type ChunkEntry,
  type SnapshotCodec,
  type SnapshotError,
  type SnapshotHeader,
  type SnapshotPiece,
} from '../../store/snapshot.ts';

export type Outcome<T> = Result<T, SnapshotError>;

interface StoredChunk {
  readonly entry: ChunkEntry;
  readonly stored: Uint8Array<ArrayBuffer>;
}

/** Verifies and unpacks one chunk into guest RAM. */
export type Unpack = (
  entry: ChunkEntry,
  stored: Uint8Array<ArrayBuffer>,
) => Promise<Outcome<undefined>>;

/** Bytes of a file as they come; an error ends it by throwing. */
export type Parts = AsyncIterator<Uint8Array, unknown>;

async function nextPart(parts: Parts): Promise<Outcome<Uint8Array | undefined>> {
  try {
    const next = await parts.next();
    return ok(next.done === true ? undefined : next.value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return err(snapshotError('truncated', `the snapshot cannot be read (${reason})`));
  }
}

/** A snapshot whose header has been read and checked; its pages come with {@link unpack}. */
export class SnapshotLoader {
  readonly header: SnapshotHeader;
  /** Bytes of the whole file. */
  readonly totalBytes: number;
  /** Names this snapshot: the digest of its header, which has those of all its pages. */
  readonly digest: Uint8Array;
  readonly #reader: SnapshotReader;
  readonly #parts: Parts;
  /** Chunks that came with the header. */
  readonly #first: readonly StoredChunk[];

  private constructor(
    { header, totalBytes, digest }: Extract<SnapshotPiece, { readonly kind: 'header' }>,
    reader: SnapshotReader,
    parts: Parts,
    first: readonly StoredChunk[],
  ) {
    this.header = header;
    this.totalBytes = totalBytes;
    this.digest = digest;
    this.#reader = reader;
    this.#parts = parts;
    this.#first = first;
  }

  /** Reads up to the header. `guestDigest` names the guest that it must be a state of. */
  static async open(
    parts: Parts,
    codec: SnapshotCodec,
    guestDigest: Uint8Array,
  ): Promise<Outcome<SnapshotLoader>> {
    const reader = new SnapshotReader(codec);
    for (;;) {
      const part = await nextPart(parts);
      if (!part.ok) return part;
      if (part.value === undefined) {
        const end = reader.finish();
        return end.ok ? err(snapshotError('truncated', 'the snapshot is empty')) : end;
      }
      const pieces = await reader.push(part.value);
      if (!pieces.ok) return pieces;
      const [head, ...rest] = pieces.value;
      if (head?.kind !== 'header') continue;
      if (!sameBytes(head.header.guestDigest, guestDigest)) {
        return err(snapshotError('other-guest', 'the snapshot belongs to another guest'));
      }
      const first = rest.filter((piece) => piece.kind === 'chunk');
      return ok(new SnapshotLoader(head, reader, parts, first));
    }
  }

  /** Unpacks everything with at most `inFlight` chunks at a time; call once. */
  async unpack(unpack: Unpack, inFlight: number): Promise<Outcome<undefined>> {
    const running = new Set<Promise<void>>();
    const failures: SnapshotError[] = [];
    const begin = async ({ entry, stored }: StoredChunk): Promise<void> => {
      while (running.size >= inFlight) await Promise.race(running);
      const task = unpack(entry, stored).then((result) => {
        if (!result.ok) failures.push(result.error);
        running.delete(task);
      });
      running.add(task);
    };
    const outcome = await this.#feed(begin, () => failures.length > 0);
    await Promise.all(running);
    const [failure] = failures;
    return failure === undefined ? outcome : err(failure);
  }

  async #feed(
    begin: (chunk: StoredChunk) => Promise<void>,
    failed: () => boolean,
  ): Promise<Outcome<undefined>> {
    for (const chunk of this.#first) await begin(chunk);
    while (!failed()) {
      const part = await nextPart(this.#parts);
      if (!part.ok) return part;
      if (part.value === undefined) break;
      const pieces = await this.#reader.push(part.value);
      if (!pieces.ok) return pieces;
      for (const piece of pieces.value) if (piece.kind === 'chunk') await begin(piece);
    }
    const end = this.#reader.finish();
    return end.ok ? ok(undefined) : end;
  }
}
