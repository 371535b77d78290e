/**
 * The text of a record's key, by which it is partitioned. One value is its text; several are joined by `|`,
 * with `|` and `\` inside escaped, so that keys stay distinct.
 */
export const keyText = (values: readonly unknown[]): string => {
  if (values.length === 1) return textOf(values[0]);
  return values.map((value) => textOf(value).replace(/[\\|]/g, '\\$&')).join('|');
};

const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  // As JSON has it, without its way there: most keys are texts or whole numbers.
  if (Number.isSafeInteger(value)) return `${value}`;
  if (value === undefined) return '';
  if (typeof value === 'bigint' || Number.isFinite(value)) return String(value);
  return JSON.stringify(value);
};
