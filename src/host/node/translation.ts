/** Starts the thread that translates for a machine in Node. */
import { Worker } from 'node:worker_threads';
import { createTranslationBuffer } from '../shared/translation/channel.ts';
import { RemoteTranslation, type TranslationSetup } from '../shared/translation/remote.ts';

/** What a translation needs is garbage right behind it: room for more of it costs memory, and saves little. */
const YOUNG_MB = 4;
/**
 * So that its garbage is collected before there are 20 MB of it. A page of 2,048 loads, stores and jumps, which nobody
 * writes, needs 34.
 */
const OLD_MB = 40;

/** To be called in the machine's thread, and ends with it. */
export function startTranslation(memory: WebAssembly.Memory): RemoteTranslation {
  const buffer = createTranslationBuffer();
  const workerData: TranslationSetup = { memory, buffer };
  const worker = new Worker(new URL('./translation-worker.js', import.meta.url), {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: OLD_MB },
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
