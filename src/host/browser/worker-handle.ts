import { wrap, type Remote } from 'comlink';

export interface WorkerHandle<Api> {
  readonly api: Remote<Api>;
  /** What the worker answers; rejects when it breaks instead, where an answer would be waited for forever. */
  readonly answer: <P>(asked: P) => Promise<Awaited<P>>;
  readonly terminate: () => void;
}

/** A worker to be asked for things. `what` names it in an error. */
export function handleOf<Api>(worker: Worker, what: string): WorkerHandle<Api> {
  const broken = new Promise<never>((_resolve, reject) => {
    worker.addEventListener('error', ({ message }) => {
      reject(new Error(`${what} broke: ${message}`));
    });
  });
  // Whoever waits for an answer is told.
  broken.catch(() => undefined);
  return {
    api: wrap<Api>(worker),
    answer: (asked) => Promise.race([asked, broken]),
    terminate: () => {
      worker.terminate();
    },
  };
}
