const HEARTBEAT_MS = 60_000;

/** @param {number} since */
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/**
 * Announces a piece of work on stderr, says each minute that it still goes on, and how long it took.
 * @template T
 * @param {string} title
 * @param {() => Promise<T> | T} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const started = performance.now();
  console.error(`\n== ${title}`);
  const heartbeat = setInterval(() => {
    console.error(`-- ${title}: ${seconds(started)} so far`);
  }, HEARTBEAT_MS);
  try {
    const result = await work();
    console.error(`== ${title}: done in ${seconds(started)}`);
    return result;
  } catch (error) {
    console.error(`== ${title}: FAILED after ${seconds(started)}`);
    throw error;
  } finally {
    clearInterval(heartbeat);
  }
}
