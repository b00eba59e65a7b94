/**
 * A Web Lock that a node holds as long as its worker lives. The browser releases it when the process that was killed has
 * given its memory back: 12 ms for an empty tab, 20 to 50 for one with a machine. Nothing else tells much
 * earlier. It proves nothing but a death: who hangs keeps it.
 */

const lockName = (node: string): string => `tandem-life-${node}`;

/** Takes this node's lock, for good. Resolves when it is held. */
export function holdLife(node: string): Promise<void> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(lockName(node), () => {
        resolve();
        return new Promise<never>(() => undefined);
      })
      .catch(reject);
  });
}

/**
 * Calls back when that node dies, provided that it lives in this browser: elsewhere its lock is not known here. The
 * returned function ends the watch.
 */
export function watchLife(node: string, gone: () => void): () => void {
  const watch = new AbortController();
  const name = lockName(node);
  const isOver = (): boolean => watch.signal.aborted;
  const run = async (): Promise<void> => {
    const { held = [] } = await navigator.locks.query();
    if (isOver() || !held.some((lock) => lock.name === name)) return;
    await navigator.locks.request(name, { signal: watch.signal }, () => undefined);
    if (!isOver()) gone();
  };
  run().catch((error: unknown) => {
    // Given up by ourselves. Anything else costs an early word, no more: silence will be noticed.
    if (!watch.signal.aborted) console.warn('A lock could not be watched:', error);
  });
  return () => {
    watch.abort();
  };
}
