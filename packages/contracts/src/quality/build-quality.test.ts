/** From ODCS text to rules, and what `contracts check` says of those that are wrong. */
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { parseProject } from '../project/parse-project.ts';
import { exampleFiles } from '../testing/example-files.ts';

/** The departures with other rules: of the schema, and of the fields. */
const read = (rules: { schema?: object[]; fields?: Record<string, object[]>; noTable?: true }) => {
  const files = exampleFiles().map(({ path, text }) => {
    if (path !== 'schemas/flights/departed.odcs.yaml') return { path, text };
    const document = parse(text);
    const [schema] = document.schema;
    schema.quality = rules.schema ?? [];
    for (const property of schema.properties)
      property.quality = rules.fields?.[property.name] ?? [];
    if (rules.noTable) delete document.customProperties[0].value.warehouse;
    return { path, text: stringify(document) };
  });
  const { contracts, problems } = parseProject(files);
  return { rules: contracts.find(({ id }) => id === 'flights.departed')?.quality, problems };
};
/** The departures with one field more, that has the rule. */
const readField = (type: object | string, rule: object) => {
  const files = exampleFiles().map(({ path, text }) => {
    if (path === 'schemas/flights/departed.avsc') {
      const record = JSON.parse(text);
      record.fields.push({ name: 'more', type });
      return { path, text: JSON.stringify(record) };
    }
    if (path !== 'schemas/flights/departed.odcs.yaml') return { path, text };
    const document = parse(text);
    document.schema[0].quality = [];
    for (const property of document.schema[0].properties) property.quality = [];
    document.schema[0].properties.push({ name: 'more', quality: [rule] });
    return { path, text: stringify(document) };
  });
  const { contracts, problems } = parseProject(files);
  return { rules: contracts.find(({ id }) => id === 'flights.departed')?.quality, problems };
};
const millrace = (value: object) => ({ customProperties: [{ property: 'millrace', value }] });
const zero = { mustBe: 0 };

test('a library metric is a rule with its limit, its schedule and what it does', () => {
  const { rules, problems } = read({
    schema: [{ metric: 'rowCount', mustBeGreaterThan: 10, severity: 'warning' }],
    fields: {
      origin: [
        { metric: 'nullValues', ...zero },
        {
          ...{ id: 'codes', name: 'Codes are IATA', metric: 'invalidValues', unit: 'percent' },
          ...{ arguments: { pattern: '^[A-Z]{3}$' }, mustBeLessThan: 1, dimension: 'conformity' },
          ...{ scheduler: 'cron', schedule: '*/5 * * * *' },
          ...millrace({ action: 'stop', samples: 3 }),
        },
      ],
    },
  });
  expect(problems).toEqual([]);
  expect(rules).toMatchObject([
    {
      ...{ id: 'rowCount', check: { kind: 'rowCount' }, action: 'warn', onTopic: false },
      ...{ limit: { operator: 'mustBeGreaterThan', bounds: [10] }, schedule: '0 * * * *' },
    },
    { id: 'origin-nullValues', action: 'alert', onTable: true, onTopic: true, samplesMax: 20 },
    {
      ...{ id: 'codes', name: 'Codes are IATA', unit: 'percent', action: 'stop', samplesMax: 3 },
      check: { kind: 'invalidValues', field: 'origin', pattern: '^[A-Z]{3}$' },
      ...{ schedule: '*/5 * * * *', dimension: 'conformity' },
    },
  ]);
});

test('Millrace’s own checks are freshness, range, volume and drift', () => {
  const own = (implementation: object) => ({ type: 'custom', engine: 'millrace', implementation });
  const { rules, problems } = read({
    schema: [own({ check: 'freshness', maxAge: '15min' }), own({ check: 'volume' })],
    fields: {
      delay_minutes: [own({ check: 'range', min: -90, maxPercent: 0.5 }), own({ check: 'drift' })],
    },
  });
  expect(problems).toEqual([]);
  expect(rules).toMatchObject([
    {
      id: 'freshness',
      check: { column: '_ingested_at' },
      limit: { bounds: [900] },
      unit: 'seconds',
    },
    { id: 'volume', check: { threshold: 4, weeksMin: 3 }, limit: { bounds: [-4, 4] } },
    { id: 'delay_minutes-range', check: { min: -90 }, limit: { bounds: [0.5] }, unit: 'percent' },
    { id: 'delay_minutes-drift', check: { isNumeric: true, referenceMs: 7 * 86_400_000 } },
  ]);
});

test('values of a time, a decimal or a float are brought to what records hold', () => {
  const range = { check: 'range', max: 0.1 };
  const built = (type: object | string, rule: object) =>
    readField(type, { ...zero, metric: 'invalidValues', ...rule });
  const values = (...validValues: unknown[]) => ({ arguments: { validValues } });
  const decimal = { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 };
  const millis = { type: 'long', logicalType: 'timestamp-millis' };
  expect(built(millis, values('2026-01-01T00:00:00Z')).rules).toMatchObject([
    { check: { form: { form: 'timestamp', units: 1000 }, validValues: ['2026-01-01T00:00:00Z'] } },
  ]);
  expect(built(decimal, values('1.50')).rules).toMatchObject([
    { check: { form: { form: 'decimal', scale: 2 } } },
  ]);
  const own = { type: 'custom', engine: 'millrace', implementation: range };
  expect(readField(decimal, own).rules).toMatchObject([{ check: { max: 0.1 } }]);
  expect(readField('float', own).rules).toMatchObject([{ check: { max: Math.fround(0.1) } }]);
  expect(
    built({ type: 'string', logicalType: 'uuid' }, { metric: 'missingValues' }).rules,
  ).toMatchObject([{ check: { values: [null] } }]);
  const wrong: readonly (readonly [object | string, unknown])[] = [
    ...([
      [millis, '2026-01-01T00:00:00.0001Z'],
      [millis, '2026-02-30'],
      [millis, 5],
    ] as const),
    ...([
      [decimal, '1.505'],
      [decimal, 1.5],
    ] as const),
    [{ type: 'string', logicalType: 'uuid' }, ''],
    [{ type: 'array', items: 'string' }, 'x'],
    [{ type: 'map', values: 'long' }, ''],
  ];
  for (const [type, value] of wrong)
    expect(built(type, values(value)).problems.map(({ rule }) => rule)).toEqual([
      'quality-value-type',
    ]);
});

test('prose and the rules of other engines are left alone', () => {
  const { rules, problems } = read({
    schema: [
      { type: 'text', description: 'Looks right.' },
      { type: 'custom', engine: 'soda', implementation: 'checks: …' },
    ],
  });
  expect([rules, problems]).toEqual([undefined, []]);
});

test('a stream without a table has the rules that its topic can be judged by', () => {
  const { rules, problems } = read({
    noTable: true,
    fields: { origin: [{ metric: 'nullValues', ...zero }] },
    schema: [{ metric: 'rowCount', mustBeGreaterThan: 0, ...millrace({ live: true }) }],
  });
  expect(problems).toEqual([]);
  expect(rules).toMatchObject([
    { id: 'rowCount', onTable: false, onTopic: true },
    { id: 'origin-nullValues', onTable: false, onTopic: true },
  ]);
});

const field = (name: string, rule: object) => ({ fields: { [name]: [rule] } });

test.each([
  ['no operator', field('origin', { metric: 'nullValues' }), 'missing'],
  [
    'an operator that is no number',
    field('origin', { metric: 'nullValues', mustBe: 'none' }),
    'quality-operator',
  ],
  [
    'an unknown field',
    { schema: [{ metric: 'duplicateValues', arguments: { properties: ['flight'] }, ...zero }] },
    'unknown-column',
  ],
  [
    'a field metric at the schema',
    { schema: [{ metric: 'nullValues', ...zero }] },
    'quality-field-missing',
  ],
  [
    'SQL that is no SELECT',
    { schema: [{ type: 'sql', query: 'DELETE FROM x', ...zero }] },
    'quality-sql',
  ],
  [
    'a pattern RE2 cannot read',
    field('origin', { metric: 'invalidValues', arguments: { pattern: '(?!X)' }, ...zero }),
    'quality-pattern',
  ],
  [
    'a pattern over a number',
    field('delay_minutes', { metric: 'invalidValues', arguments: { pattern: '1' }, ...zero }),
    'quality-value-type',
  ],
  [
    'values of another type',
    field('delay_minutes', { metric: 'invalidValues', arguments: { validValues: ['1'] }, ...zero }),
    'quality-value-type',
  ],
  [
    'a schedule that is none',
    field('origin', { metric: 'nullValues', ...zero, schedule: 'hourly' }),
    'quality-schedule',
  ],
  [
    'an unknown action',
    field('origin', { metric: 'nullValues', ...zero, ...millrace({ action: 'panic' }) }),
    'value-unknown',
  ],
  [
    'an unknown check',
    { schema: [{ type: 'custom', engine: 'millrace', implementation: { check: 'fresh' } }] },
    'value-unknown',
  ],
  [
    'a time that is none',
    {
      schema: [
        {
          type: 'custom',
          engine: 'millrace',
          implementation: { check: 'volume', column: 'origin' },
        },
      ],
    },
    'unknown-column',
  ],
  [
    'a duration that is none',
    {
      schema: [
        {
          type: 'custom',
          engine: 'millrace',
          implementation: { check: 'freshness', maxAge: 'soon' },
        },
      ],
    },
    'duration-unreadable',
  ],
  [
    'a range without bounds',
    field('delay_minutes', {
      type: 'custom',
      engine: 'millrace',
      implementation: { check: 'range' },
    }),
    'quality-arguments',
  ],
  [
    'drift on the topic',
    field('origin', { type: 'sql', query: 'SELECT 1', ...zero, ...millrace({ live: true }) }),
    'quality-live',
  ],
  [
    'a table rule without a table',
    { noTable: true, schema: [{ metric: 'rowCount', ...zero }] } as const,
    'quality-needs-table',
  ],
])('%s is a problem at its place', (_, rules, rule) => {
  const { problems } = read(rules as Parameters<typeof read>[0]);
  expect(problems.map((problem) => problem.rule)).toContain(rule);
  expect(problems[0]).toMatchObject({ file: 'schemas/flights/departed.odcs.yaml' });
  expect(problems[0]?.line).toBeGreaterThan(0);
});

test('a rule that does not say what must be is one problem and not one for each operator', () => {
  expect(read(field('origin', { metric: 'nullValues' })).problems).toMatchObject([
    {
      rule: 'missing',
      message: expect.stringMatching(/^None of mustBe, mustNotBe, .* is there\.$/),
    },
  ]);
});

test('two rules of one kind on one field have two ids; an id given twice is a problem', () => {
  const both = field('origin', { metric: 'nullValues', ...zero }).fields['origin']!;
  expect(read({ fields: { origin: [...both, ...both] } }).rules?.map(({ id }) => id)).toEqual([
    'origin-nullValues',
    'origin-nullValues-2',
  ]);
  const named = [{ id: 'x', metric: 'nullValues', ...zero }];
  expect(read({ fields: { origin: [...named, ...named] } }).problems).toMatchObject([
    { rule: 'duplicate' },
  ]);
});
