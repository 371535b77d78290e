/** Captured tables whose names PostgreSQL takes only in quotes. */
import { expect, test } from 'vitest';
import { exampleFiles, examplePaths, exampleWith } from '../testing/example-files.ts';
import { parseProject } from './parse-project.ts';

const table = (name: string) =>
  exampleWith(examplePaths.airportsOdcs, 'table: public.airports', `table: ${name}`);

test('a table of any name has the topic that the capture writes, which Kafka takes', () => {
  const { contracts, problems } = parseProject(table("'Odd Schema.Größe / Σ'"));
  expect(problems).toEqual([]);
  expect(contracts.find(({ name }) => name === 'airports')).toMatchObject({
    topic: { name: 'changes.flights.Odd_Schema.Gr__e____' },
    source: { schema: 'Odd Schema', table: 'Größe / Σ' },
  });
});

test('two tables that would share a topic are refused', () => {
  const copies = table("'public.Gräße'")
    .filter(({ path }) => path.includes('airports'))
    .map(({ path, text }) => ({
      path: path.replace('airports', 'aerodromes'),
      text: text
        .replaceAll('name: airports', 'name: aerodromes')
        .replace('"name": "airports"', '"name": "aerodromes"')
        .replace('id: flights.airports', 'id: flights.aerodromes'),
    }));
  expect(parseProject([...exampleFiles(), ...copies]).problems).toEqual([]);
  const { problems } = parseProject([...table("'public.Größe'"), ...copies]);
  expect(problems).toMatchObject([{ rule: 'duplicate' }]);
  expect(problems[0]?.message).toContain('changes.flights.public.Gr__e already belongs to');
});
