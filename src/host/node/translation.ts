/** Starts the thread that translates for a machine in Node. */
import { Worker } from 'node:worker_threads';
import { createTranslationBuffer } from '../shared/translation/channel.ts';
import { RemoteTranslation, type TranslationSetup } from '../shared/translation/remote.ts';

/** To be called in the machine's thread, and ends with it. */
export function startTranslation(memory: WebAssembly.Memory): RemoteTranslation {
  const buffer = createTranslationBuffer();
  const workerData: TranslationSetup = { memory, buffer };
  const worker = new Worker(new URL('./translation-worker.js', import.meta.url), { workerData });
  worker.unref();
  return new RemoteTranslation(
    buffer,
    (request) => {
      worker.postMessage(request);
    },
    () => performance.now(),
  );
}
