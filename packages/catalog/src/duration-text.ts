/** A time span for people: `300 ms`, `1 s`, `7 d`. */
const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** The largest unit of which it is one or more, to two figures behind the point. */
export const durationText = (ms: number): string => {
  const unit = units.find(([, size]) => ms >= size);
  return unit === undefined
    ? `${Math.round(ms)} ms`
    : `${Number((ms / unit[1]).toFixed(2))} ${unit[0]}`;
};
