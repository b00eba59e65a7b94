/** Starts the worker that translates for a machine in the browser. */
import { transfer, wrap } from 'comlink';
import { createTranslationBuffer } from '../shared/translation/channel.ts';
import { RemoteTranslation } from '../shared/translation/remote.ts';
import type { TranslationWorkerApi } from './translation.worker.ts';

/**
 * To be called in the machine's worker, and waited for: a worker that is being started needs its parent's event loop.
 * Rejects when the worker cannot be started.
 */
export async function startTranslation(memory: WebAssembly.Memory): Promise<RemoteTranslation> {
  const worker = new Worker(new URL('./translation.worker.ts', import.meta.url), {
    type: 'module',
    name: 'translation',
  });
  const broken = new Promise<never>((_resolve, reject) => {
    worker.addEventListener('error', (event) => {
      reject(new Error(`the translating worker could not be started: ${event.message}`));
    });
  });
  const buffer = createTranslationBuffer();
  const { port1, port2 } = new MessageChannel();
  const started = wrap<TranslationWorkerApi>(worker).start(
    { memory, buffer },
    transfer(port2, [port2]),
  );
  await Promise.race([started, broken]);
  return new RemoteTranslation(
    buffer,
    (request) => {
      port1.postMessage(request);
    },
    () => performance.now(),
  );
}
