/** Starts the thread that translates for a machine in Node. */
import { Worker } from 'node:worker_threads';
import { createTranslationBuffer } from '../shared/translation/channel.ts';
import { RemoteTranslation, type TranslationSetup } from '../shared/translation/remote.ts';

/** What a translation needs is garbage right behind it: room for more of it costs memory, and saves little. */
const YOUNG_MB = 4;

/** To be called in the machine's thread, and ends with it. */
export function startTranslation(memory: WebAssembly.Memory): RemoteTranslation {
  const buffer = createTranslationBuffer();
  const workerData: TranslationSetup = { memory, buffer };
  const worker = new Worker(new URL('./translation-worker.js', import.meta.url), {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  worker.unref();
  return new RemoteTranslation(
    buffer,
    (request) => {
      worker.postMessage(request);
    },
    () => performance.now(),
  );
}
