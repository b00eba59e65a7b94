/** The thread in Node that translates for a machine's thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { defined } from '../../base/assert.ts';
import {
  type TranslationRequest,
  type TranslationSetup,
  TranslationThread,
} from '../shared/translation/remote.ts';

const thread = new TranslationThread(workerData as TranslationSetup, () => performance.now());

defined(parentPort, 'the port to the machine').on('message', (request: TranslationRequest) => {
  thread.take(request);
});
