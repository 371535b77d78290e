/** The README's table of values: path, default, what it is. Settings of services are in docs/reference/config.md. */
import type { Value } from './values/value.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '\\<');

const rowsOf = (path: string, value: Value): string[] => {
  if (value.is === 'group')
    return Object.entries(value.fields).flatMap(([name, field]) =>
      rowsOf(path === '' ? name : `${path}.${name}`, field),
    );
  const fallback = JSON.stringify(value.default);
  return [`| \`${path}\` | \`${fallback}\` | ${cell(value.description)} |`];
};

/** Rows in Markdown, with a head. */
export const renderTable = (values: Value): string =>
  ['| Value | Default | What it is |', '|---|---|---|', ...rowsOf('', values), ''].join('\n');
