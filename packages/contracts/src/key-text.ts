/**
 * The text of a record's key, by which it is partitioned. One value is its text; several are joined by `|`,
 * with `|` and `\` inside escaped, so that keys stay distinct.
 */
export const keyText = (values: readonly unknown[]): string => {
  if (values.length === 1) return textOf(values[0]);
  return values.map((value) => textOf(value).replace(/[\\|]/g, '\\$&')).join('|');
};

/** The values of a key of so many, as texts: the way back from `keyText`. Undefined when it is of another number. */
export const keyParts = (text: string, count: number): readonly string[] | undefined => {
  if (count === 1) return [text];
  const parts = [''];
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '|') parts.push('');
    else {
      if (text[at] === '\\') at += 1;
      parts[parts.length - 1] += text[at] ?? '';
    }
  }
  return parts.length === count ? parts : undefined;
};

const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  // As JSON has it, without its way there: most keys are texts or whole numbers.
  if (Number.isSafeInteger(value)) return `${value}`;
  if (value === undefined) return '';
  if (typeof value === 'bigint' || Number.isFinite(value)) return String(value);
  return JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one));
};
