/** Chance that can be had again: a seeded generator (xorshift32, Marsaglia 2003) and arrivals by it. */

/** Numbers from 0 to below 1, the same for the same seed. */
export const seeded = (seed: number): (() => number) => {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
};

/**
 * How many come when `mean` are expected. Up to 30 by Knuth's product of uniforms; beyond, the normal distribution that it
 * approaches (Box and Muller), rounded and never below 0.
 */
export const poisson = (random: () => number, mean: number): number => {
  if (mean > 30) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  const least = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > least; product *= random()) count += 1;
  return count;
};
