/** The thread in the browser that translates for a machine's thread. */
import { expose } from 'comlink';
import {
  type TranslationRequest,
  type TranslationSetup,
  TranslationThread,
} from '../shared/translation/remote.ts';

/** Nobody waits for pages that are foreseen, and others use the same cores: a thirtieth of one is taken for them. */
const PAUSE_TIMES = 30;

class TranslationApi {
  /** From now on the port's messages are requests: comlink's own would want answers. */
  start(setup: TranslationSetup, port: MessagePort): void {
    const thread = new TranslationThread(setup, () => performance.now());
    let isLookingAhead = false;
    const lookAhead = (): void => {
      const start = performance.now();
      isLookingAhead = thread.lookAhead();
      if (isLookingAhead) setTimeout(lookAhead, PAUSE_TIMES * (performance.now() - start));
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
