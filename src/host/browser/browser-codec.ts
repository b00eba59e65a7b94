import type { SnapshotCodec } from '../../store/snapshot.ts';

/** Reads a stream into a buffer of exactly `length` bytes; throws when it has more. Gives what it had. */
async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(length);
  const reader = stream.getReader();
  let at = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return out.subarray(0, at);
    if (at + value.length > length) {
      await reader.cancel();
      throw new Error('more data than announced');
    }
    out.set(value, at);
    at += value.length;
  }
}

/** The browser's own SHA-256 and inflate. Not for views on shared memory. */
export const browserCodec: SnapshotCodec = {
  digest: async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)),
  inflate: async (bytes, length) => {
    const inflater = new DecompressionStream('deflate-raw');
    const writer = inflater.writable.getWriter();
    // What is wrong with the data is reported by the reading end too.
    const written = writer.write(bytes).then(() => writer.close());
    const [pages] = await Promise.all([collect(inflater.readable, length), written]);
    return pages;
  },
};
