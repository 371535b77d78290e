import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseProject } from './parse-project.ts';

/** The howtos' files, taken out of their pages: what a person copies has to work. */
const root = new URL('../../../../', import.meta.url);

const block = (page: string, language: string): string => {
  const text = readFileSync(new URL(`docs/howto/${page}`, root), 'utf8');
  const found = new RegExp(`^( *)\`\`\`${language}\n([\\s\\S]*?)^ *\`\`\``, 'm').exec(text);
  if (found === null) throw new Error(`${page} has no ${language} block`);
  return (found[2] ?? '').replaceAll(new RegExp(`^${found[1]}`, 'gm'), '');
};

describe('the contracts in the howtos', () => {
  test('add-an-event.md declares a fact', () => {
    const { contracts, problems } = parseProject([
      { path: 'schemas/flights/cancelled.avsc', text: block('add-an-event.md', 'json') },
      { path: 'schemas/flights/cancelled.odcs.yaml', text: block('add-an-event.md', 'yaml') },
    ]);
    expect(problems).toEqual([]);
    expect(contracts).toMatchObject([{ id: 'flights.cancelled', warehouse: { role: 'fact' } }]);
  });

  test('add-a-table.md declares a dimension', () => {
    const head = block('add-an-event.md', 'yaml')
      .replaceAll('cancelled', 'carriers')
      .split('schema:')[0];
    const properties =
      'schema: [{ name: carriers, properties: [{ name: code }, { name: name }, { name: country }] }]\n';
    const { contracts, problems } = parseProject([
      { path: 'schemas/flights/carriers.avsc', text: block('add-a-table.md', 'json') },
      {
        path: 'schemas/flights/carriers.odcs.yaml',
        text: head + properties + block('add-a-table.md', 'yaml'),
      },
    ]);
    expect(problems).toEqual([]);
    expect(contracts).toMatchObject([
      { topic: { name: 'changes.flights.public.carriers' }, warehouse: { role: 'dimension' } },
    ]);
  });
});
