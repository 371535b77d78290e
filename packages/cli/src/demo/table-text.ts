/** Rows as aligned text columns for a terminal; numbers to the right. */
export function tableText(
  rows: readonly Readonly<Record<string, unknown>>[],
  indent = '  ',
): string {
  const first = rows[0];
  if (first === undefined) return `${indent}(no rows)`;
  const columns = Object.keys(first);
  const cells = rows.map((row) => columns.map((column) => String(row[column] ?? '–')));
  const numeric = columns.map((column) => isNumeric(first[column]));
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...cells.map((row) => row[index]!.length)),
  );
  const line = (values: readonly string[]): string =>
    indent +
    values
      .map((value, index) =>
        numeric[index] ? value.padStart(widths[index]!) : value.padEnd(widths[index]!),
      )
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [line(columns), indent + rule, ...cells.map(line)].join('\n');
}

const isNumeric = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value));
