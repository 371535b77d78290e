/** A number or null; throws a TypeError that names the fold for anything else. */
export const numberOf = (fold: string, value: unknown): number | null => {
  if (typeof value === 'number') return value;
  if (value === null || value === undefined) return null;
  throw new TypeError(`${fold} was given a ${typeof value}, not a number`);
};
