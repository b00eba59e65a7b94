/** The host's clocks, as the loop uses them; tests give their own. */
export interface HostClock {
  /** Monotonic milliseconds, with fractions. */
  now(): number;
  /** Milliseconds since the epoch. */
  wall(): number;
}

export const systemClock: HostClock = {
  now: () => performance.now(),
  wall: () => Date.now(),
};
