/** Starts the thread that translates for a machine in Node. */
import { type ResourceLimits, Worker } from 'node:worker_threads';
import { createTranslationBuffer } from '../shared/translation/channel.ts';
import { RemoteTranslation, type TranslationSetup } from '../shared/translation/remote.ts';

/** What a translation needs is garbage right behind it: room for more of it costs memory, and saves little. */
const maxYoungGenerationSizeMb = 4;
/**
 * So that its garbage is collected before there are 20 MB of it. A page of 2,048 loads, stores and jumps, which nobody
 * writes, needs 34.
 */
const maxOldGenerationSizeMb = 40;

/** What the translating thread may take; beyond it V8 ends it. */
export const TRANSLATOR_LIMITS: ResourceLimits = {
  maxYoungGenerationSizeMb,
  maxOldGenerationSizeMb,
};

/** To be called in the machine's thread, and ends with it. */
export function startTranslation(memory: WebAssembly.Memory): RemoteTranslation {
  const buffer = createTranslationBuffer();
  const workerData: TranslationSetup = { memory, buffer };
  const worker = new Worker(new URL('./translation-worker.js', import.meta.url), {
    workerData,
    resourceLimits: TRANSLATOR_LIMITS,
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
