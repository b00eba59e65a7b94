/** The thread of a machine in Node. It gets one message, says how it went, and then runs without yielding. */
import { parentPort, workerData } from 'node:worker_threads';
import { defined } from '../../base/assert.ts';
import { MachineThread } from '../shared/machine-thread.ts';
import { ExplainedTranslation } from '../../vm/jit/explain.ts';
import type { TranslationService } from '../../vm/jit/service.ts';
import { translates } from '../../vm/machine/engine.ts';
import { FileSource } from './file-source.ts';
import { startTranslation } from './translation.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './worker-messages.ts';

const port = defined(parentPort, 'the port to the main thread');
const setup = workerData as WorkerSetup;

const post = (message: FromWorker): void => {
  port.postMessage(message);
};

const openDisk = (path: string | undefined): FileSource | undefined => {
  if (path === undefined) return undefined;
  const source = FileSource.open(path);
  // The main thread has looked at it before; this can only be a race with somebody else.
  if (!source.ok) throw new Error(source.error.message);
  return source.value;
};

/** To be explained later, translations are made here. */
const explained = setup.explain && new ExplainedTranslation(setup.memory);

const translation = (): TranslationService | undefined =>
  explained ?? (translates(setup.engine) ? startTranslation(setup.memory) : undefined);

const thread = new MachineThread({
  ...setup,
  translation: translation(),
  disk: openDisk(setup.diskPath),
  disk1: openDisk(setup.disk1Path),
  lingers: false,
});

port.on('message', (message: ToWorker) => {
  const started = thread.start(message.state);
  if (!started.ok) {
    post({ kind: 'refused', problem: started.error });
    return;
  }
  post({ kind: 'started', instructions: thread.machine.instructions });
  const end = thread.run((sections) => {
    post({ kind: 'saved', sections });
  });
  const { machine } = thread;
  post({
    kind: 'ended',
    end,
    instructions: machine.instructions,
    statistics: machine.statistics,
    digest: message.wantDigest ? machine.digest() : undefined,
    explanation: setup.explain && explained?.explain(machine.translations, setup.explain),
  });
});
