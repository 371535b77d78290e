/**
 * Time as an input of a test: the moment at which a fault strikes, the pace of a producer. Never for waiting until
 * something is so: that is expect.poll's and vi.waitFor's, and tools/tidy refuses bare sleeps in tests.
 */
const pass = (durationMs: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, durationMs));

/** Resolves at a moment of chance between the two durations, in ms from now: when to break something. */
export const momentOfChance = (leastMs: number, mostMs: number): Promise<void> =>
  pass(leastMs + Math.random() * (mostMs - leastMs));

/** Resolves after `intervalMs`: between two sends of a producer, or for as long as a fault is to last. */
export const pace = (intervalMs: number): Promise<void> => pass(intervalMs);
