/** Which columns of a result can be put on a map. */

export interface MapColumns {
  /** Indices of columns. */
  readonly latitude?: number;
  readonly longitude?: number;
  readonly state?: number;
  /** What is drawn; the number that comes first. */
  readonly value?: number;
  /** What names a place. */
  readonly name?: number;
}

type Row = readonly unknown[];

const find = (names: readonly string[], pattern: RegExp): number | undefined => {
  const index = names.findIndex((name) => pattern.test(name));
  return index < 0 ? undefined : index;
};

/** A number, also one that came as text because it is too large for JSON. */
export const numberOf = (value: unknown): number | undefined => {
  if (value === null || value === '' || typeof value === 'boolean') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
};

/** @returns undefined when there are neither coordinates nor states */
export const mapColumns = (
  names: readonly string[],
  rows: readonly Row[],
): MapColumns | undefined => {
  const latitude = find(names, /^(lat|latitude)$/i);
  const longitude = find(names, /^(lon|lng|long|longitude)$/i);
  const state = names.findIndex(
    (name, index) =>
      /state/i.test(name) && rows.some((row) => /^[A-Z]{2}$/.test(String(row[index]))),
  );
  const isPlaced = latitude !== undefined && longitude !== undefined;
  if (!isPlaced && state < 0) return undefined;
  const value = names.findIndex(
    (_, index) =>
      index !== latitude && index !== longitude && numberOf(rows[0]?.[index]) !== undefined,
  );
  const name = names.findIndex((_, index) => numberOf(rows[0]?.[index]) === undefined);
  return {
    ...(isPlaced && { latitude, longitude }),
    ...(state >= 0 && { state }),
    ...(value >= 0 && { value }),
    ...(name >= 0 && { name }),
  };
};
