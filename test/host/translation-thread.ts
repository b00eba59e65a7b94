/** A worker thread for `translation.test.ts`: writes translations faster than anybody reads them. */
import { parentPort, workerData } from 'node:worker_threads';
import { TranslationWriter } from '../../src/host/shared/translation/channel.ts';
import { translatedEntry } from '../../src/vm/jit/region-code.ts';

const { buffer, count, bytes } = workerData as {
  buffer: SharedArrayBuffer;
  count: number;
  bytes: number;
};

const writer = new TranslationWriter(buffer);
for (let id = 0; id < count; id++) {
  const code = new Uint8Array(bytes).map((_, at) => (id + at) % 251);
  writer.write({ id, translation: { bytes: code, entries: [translatedEntry(2 * id, id)] } });
  parentPort?.postMessage(id);
}
