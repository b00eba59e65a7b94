import type { SessionClock } from './session.ts';

/** The page's own clock and timers. */
export const browserClock: SessionClock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  every: (callback, ms) => {
    const id = setInterval(callback, ms);
    return () => {
      clearInterval(id);
    };
  },
  after: (callback, ms) => {
    const id = setTimeout(callback, ms);
    return () => {
      clearTimeout(id);
    };
  },
};
