/** Waiting for another thread without blocking this one. */

interface AsyncWait {
  readonly async: boolean;
  readonly value: unknown;
}
type WaitAsync = (cells: Int32Array, index: number, value: number, ms?: number) => AsyncWait;

/** Without Atomics.waitAsync a cell is looked at this often while the page is visible. */
const POLL_MS = 8;

// Not in every browser, and not in TypeScript's ES2023 library.
const waitAsync = (Atomics as { waitAsync?: WaitAsync }).waitAsync?.bind(Atomics);

/** Settles when the cell is no longer `seen`, and somebody has said so with Atomics.notify. */
export async function cellChanged(cells: Int32Array, index: number, seen: number): Promise<void> {
  if (waitAsync !== undefined) {
    const wait = waitAsync(cells, index, seen);
    if (wait.async) await wait.value;
    return;
  }
  while (Atomics.load(cells, index) === seen) {
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
}
