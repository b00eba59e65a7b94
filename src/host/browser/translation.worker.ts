/** The thread in the browser that translates for a machine's thread. */
import { expose } from 'comlink';
import {
  type TranslationRequest,
  type TranslationSetup,
  TranslationThread,
} from '../shared/translation/remote.ts';

/** Between pages that are not waited for: others use the same cores. */
const PAUSE_MS = 10;

class TranslationApi {
  /** From now on the port's messages are requests: comlink's own would want answers. */
  start(setup: TranslationSetup, port: MessagePort): void {
    const thread = new TranslationThread(setup, () => performance.now());
    let isLookingAhead = false;
    const lookAhead = (): void => {
      isLookingAhead = thread.lookAhead();
      if (isLookingAhead) setTimeout(lookAhead, PAUSE_MS);
    };
    port.addEventListener('message', (event: MessageEvent<TranslationRequest>) => {
      thread.take(event.data);
      if (!isLookingAhead) lookAhead();
    });
    port.start();
  }
}

export type TranslationWorkerApi = Pick<TranslationApi, 'start'>;

expose(new TranslationApi());
