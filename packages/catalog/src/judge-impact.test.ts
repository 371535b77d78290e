import { expect, test } from 'vitest';
import { judgeImpact } from './judge-impact.ts';
import { exampleContracts, exampleFiles, exampleInput } from './testing/example-catalog.ts';

const files = exampleFiles();
const input = exampleInput(exampleContracts(), {
  'flights.departed': {
    consumers: [
      { name: 'fraud', kind: 'group', lastMs: 7 },
      { name: 'ada', kind: 'query', lastMs: 9 },
    ],
  },
});
const edited = (edits: Parameters<typeof exampleFiles>[0]) =>
  exampleFiles(edits).filter(({ path }) =>
    Object.keys(edits ?? {}).some((name) => path.endsWith(`/${name}`)),
  );

test('a renamed field names the rule, the transform that reads it, the column, and those who were seen', () => {
  const report = judgeImpact(
    files,
    edited({
      'departed.avsc': ['"delay_minutes"', '"late_minutes"'],
      'departed.odcs.yaml': ['name: delay_minutes', 'name: late_minutes'],
    }),
    input,
  );
  expect(report.problems).toEqual([]);
  expect(report.contracts).toHaveLength(1);
  expect(report.contracts[0]).toMatchObject({
    contract: 'flights.departed',
    changes: [
      { rule: 'field-added-without-default', field: 'late_minutes', breaking: true },
      { rule: 'field-renamed', message: 'late_minutes looks like another name of delay_minutes.' },
    ],
    columns: ['delay_minutes'],
  });
  const { affected, objects } = report.contracts[0]!;
  expect(affected.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'transform delays_by_airport',
    'sink sink',
    'query ada',
    'group fraud',
  ]);
  expect(objects).toContainEqual({
    ...{ kind: 'transform', name: 'delays_by_airport' },
    why: 'transforms/delays-by-airport.ts names delay_minutes',
  });
  expect(objects).toContainEqual({
    ...{ kind: 'stream', name: 'flights.delays_by_airport', why: 'made by delays_by_airport' },
  });
  expect(objects).toContainEqual({
    ...{ kind: 'rule', name: expect.any(String) },
    why: expect.stringMatching(/looks at delay_minutes$/),
  });
  expect(objects).toContainEqual({
    ...{ kind: 'view', name: 'flights_departed', why: 'shows delay_minutes' },
  });
});

test('a field that is added with a default concerns nobody', () => {
  const report = judgeImpact(
    files,
    edited({
      'departed.avsc': [
        '"doc": "IATA code of the airport of arrival." }',
        '"doc": "IATA code of the airport of arrival." },\n{ "name": "gate", "type": ["null", "string"], "default": null }',
      ],
      'departed.odcs.yaml': ['slaProperties:', '      - name: gate\nslaProperties:'],
    }),
    input,
  );
  expect(report).toEqual({
    problems: [],
    contracts: [
      {
        contract: 'flights.departed',
        changes: [expect.objectContaining({ rule: 'field-added', breaking: false })],
        ...{ affected: [], columns: [], objects: [] },
      },
    ],
  });
});

test('another column type is told though the schema stays', () => {
  const { contracts } = judgeImpact(
    files,
    edited({
      'departed.odcs.yaml': ['physicalType: LowCardinality(String)', 'physicalType: String'],
    }),
    input,
  );
  expect(contracts[0]).toMatchObject({
    changes: [{ rule: 'column-type-changed' }, { rule: 'column-type-changed' }],
    columns: ['origin', 'destination'],
  });
});

test('a contract that goes takes all its columns and readers with it', () => {
  const gone = files
    .filter(({ path }) => path.includes('/airports.'))
    .map(({ path }) => ({ path, text: null }));
  const { contracts } = judgeImpact(files, gone, input);
  expect(contracts).toMatchObject([
    {
      contract: 'flights.airports',
      changes: [{ rule: 'contract-removed', breaking: true }],
      columns: expect.arrayContaining(['iata', 'latitude']),
    },
  ]);
  expect(contracts[0]!.objects).toContainEqual(
    expect.objectContaining({ kind: 'dictionary', name: 'airports_dictionary' }),
  );
});

test('files that are wrong by themselves are told as such, and are not taken for a removal', () => {
  const report = judgeImpact(
    files,
    edited({ 'departed.odcs.yaml': ['orderBy:', 'ordrBy:'] }),
    input,
  );
  expect(report.contracts).toEqual([]);
  expect(report.problems[0]).toContain('[unknown-word]');
});

test('of a record that its contract does not fit any more it is told what the record would do, beside what is wrong', () => {
  const { contracts, problems } = judgeImpact(
    files,
    edited({ 'departed.avsc': ['"delay_minutes"', '"late_minutes"'] }),
    input,
  );
  expect(problems).not.toEqual([]);
  expect(contracts).toMatchObject([
    {
      contract: 'flights.departed',
      changes: [{ rule: 'field-added-without-default', breaking: true }, { rule: 'field-renamed' }],
      columns: ['delay_minutes'],
    },
  ]);
  const { affected } = contracts[0]!;
  expect(affected.map(({ name }) => name)).toContain('fraud');
});

test('a record that cannot be read is a problem and no change', () => {
  const { contracts, problems } = judgeImpact(
    files,
    edited({ 'departed.avsc': ['"type": "record"', '"type": "recrd"'] }),
    input,
  );
  expect(contracts).toEqual([]);
  expect(problems).not.toEqual([]);
});

test('what is the same has no impact', () => {
  expect(judgeImpact(files, files, input)).toEqual({ contracts: [], problems: [] });
});
