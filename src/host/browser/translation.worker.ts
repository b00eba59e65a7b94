/** The thread in the browser that translates for a machine's thread. */
import { expose } from 'comlink';
import {
  type TranslationRequest,
  type TranslationSetup,
  TranslationThread,
} from '../shared/translation/remote.ts';

class TranslationApi {
  /** From now on the port's messages are requests: comlink's own would want answers. */
  start(setup: TranslationSetup, port: MessagePort): void {
    const thread = new TranslationThread(setup, () => performance.now());
    port.addEventListener('message', (event: MessageEvent<TranslationRequest>) => {
      thread.take(event.data);
    });
    port.start();
  }
}

export type TranslationWorkerApi = Pick<TranslationApi, 'start'>;

expose(new TranslationApi());
