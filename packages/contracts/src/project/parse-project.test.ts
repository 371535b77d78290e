import { describe, expect, test } from 'vitest';
import { exampleFiles, examplePaths, exampleWith } from '../testing/example-files.ts';
import { formatProblem } from './contract-problem.ts';
import { parseProject } from './parse-project.ts';

const { departedAvsc, departedOdcs, airportsOdcs } = examplePaths;

const problemsOf = (path: string, from: string, to: string) =>
  parseProject(exampleWith(path, from, to)).problems;

describe('the example project', () => {
  const { contracts, problems } = parseProject(exampleFiles());
  const [airports, departed] = contracts;

  test('has no problems', () => {
    expect(problems).toEqual([]);
    expect(contracts.map(({ id }) => id)).toEqual(['flights.airports', 'flights.departed']);
  });

  test('declares flights.departed: an event stream that lands as a fact', () => {
    expect(departed).toMatchObject({
      source: { kind: 'event' },
      topic: { name: 'events.flights.departed', partitions: 4, retentionMs: 7 * 86_400_000 },
      compatibility: 'BACKWARD_TRANSITIVE',
      key: [],
      identity: ['flight_id'],
      owner: 'flight-operations',
      latencyMs: 1_000,
      warehouse: { role: 'fact', view: 'flights_departed', table: 'flights_departed_raw' },
    });
  });

  test('declares flights.airports: a captured table that lands as a dimension ordered by its key', () => {
    expect(airports).toMatchObject({
      source: { kind: 'change', source: 'flights', schema: 'public', table: 'airports' },
      topic: { name: 'changes.flights.public.airports', cleanupPolicy: 'compact', retentionMs: -1 },
      compatibility: 'NONE',
      key: ['iata'],
      warehouse: { role: 'dimension', view: 'airports', table: 'airports_raw', orderBy: ['iata'] },
    });
  });
});

/** Each bad input: file, what is replaced, by what, the rule, and what the line of output must hold. */
const badInputs: readonly (readonly [string, string, string, string, string, RegExp])[] = [
  [
    'a typo in a word of the standard',
    departedOdcs,
    'classification: public',
    'clasification: public',
    'unknown-word',
    /departed\.odcs\.yaml:40: .*Did you mean classification\?/,
  ],
  [
    'a typo in Millrace’s own words',
    departedOdcs,
    'orderBy:',
    'ordrBy:',
    'unknown-word',
    /:114: millrace\.warehouse\.ordrBy.*Did you mean orderBy\?/,
  ],
  [
    'a typo in a value',
    departedOdcs,
    'role: fact',
    'role: fakt',
    'value-unknown',
    /Did you mean fact\?/,
  ],
  [
    'a typo in a column',
    departedOdcs,
    '[origin, departed_at]',
    '[orgin, departed_at]',
    'unknown-column',
    /:114: .*Did you mean origin\?/,
  ],
  [
    'a door’s limit of a captured table',
    airportsOdcs,
    'key: [iata]',
    'ingest: { rate: 5 }\n      key: [iata]',
    'ingest-not-event',
    /for streams that the door takes/,
  ],
  [
    'a burst without a rate',
    departedOdcs,
    'identity: flight_id',
    'identity: flight_id\n      ingest: { burst: 5 }',
    'dependentRequired',
    /rate/,
  ],
  [
    'a typo in an Avro attribute',
    departedAvsc,
    '"doc": "When',
    '"dok": "When',
    'unknown-word',
    /departed\.avsc:15: .*Did you mean doc\?/,
  ],
  [
    'a typo in a logical type',
    departedAvsc,
    'timestamp-millis',
    'timestamp-milis',
    'logical-type-unknown',
    /departed\.avsc:14: .*Did you mean timestamp-millis\?/,
  ],
  [
    'an unknown Avro type',
    departedAvsc,
    '"name": "flight_id",\n      "type": "string"',
    '"name": "flight_id",\n      "type": "strin"',
    'type-unknown',
    /departed\.avsc:9: fields\[flight_id\]\.type/,
  ],
  [
    'a disk spool for rows that are captured',
    airportsOdcs,
    'source: { kind: change, name: flights, table: public.airports }',
    'source: { kind: change, name: flights, table: public.airports }\n      ingest: { spool: true }',
    'ingest-not-event',
    /ingest is for streams that the door takes/,
  ],
  [
    'an Avro file that is not JSON',
    departedAvsc,
    '"type": "record",',
    '"type": "record"',
    'syntax',
    /departed\.avsc:\d+/,
  ],
  [
    'YAML that does not parse',
    departedOdcs,
    'team:',
    'team: [',
    'syntax',
    /departed\.odcs\.yaml:\d+/,
  ],
  [
    'a word that the standard requires left out',
    departedOdcs,
    'status: active\n',
    '',
    'missing',
    /status is missing/,
  ],
  [
    'a wrong type in the standard',
    departedOdcs,
    'status: active',
    'status: 3',
    'type',
    /:6: status: 3 is not of type string/,
  ],
  [
    'a version of the standard that does not exist',
    departedOdcs,
    'v3.1.0',
    'v3.1.O',
    'value-unknown',
    /Did you mean v3\.1\.0\?/,
  ],
  [
    'a column in the wrong unit',
    departedOdcs,
    'customProperties:\n          - property: millrace\n            value: { codec: "Delta(8), ZSTD(1)" }',
    'physicalType: DateTime64(6)',
    'unit-changed',
    /read in the wrong unit, without an error/,
  ],
  [
    'a column that wraps',
    departedOdcs,
    'name: delay_minutes\n',
    'name: delay_minutes\n        physicalType: Int16\n',
    'range-narrowed',
    /Use Int32/,
  ],
  [
    'a union without a column',
    departedAvsc,
    '"delay_minutes",\n      "type": "int"',
    '"delay_minutes",\n      "type": ["int", "string"]',
    'union-of-several',
    /delay_minutes/,
  ],
  [
    'a property without a field',
    departedOdcs,
    'name: delay_minutes',
    'name: delay_minuts',
    'property-unknown',
    /Did you mean delay_minutes\?/,
  ],
  [
    'a field without a property',
    departedOdcs,
    'name: delay_minutes',
    'name: delay_minuts',
    'property-missing',
    /delay_minutes of the record is not described/,
  ],
  [
    'a logical type that the field denies',
    departedOdcs,
    'name: delay_minutes\n        logicalType: integer',
    'name: delay_minutes\n        logicalType: string',
    'logical-type-mismatch',
    /Use integer/,
  ],
  [
    'required against nullable',
    airportsOdcs,
    'name: city\n        logicalType: string\n        required: false',
    'name: city\n        logicalType: string\n        required: true',
    'required-mismatch',
    /may be null/,
  ],
  [
    'an id that is not the file’s',
    departedOdcs,
    'id: flights.departed',
    'id: flights.departures',
    'id-mismatch',
    /Write id: flights\.departed/,
  ],
  [
    'a domain that is not the directory',
    departedOdcs,
    'domain: flights',
    'domain: flight',
    'domain-mismatch',
    /Write domain: flights/,
  ],
  [
    'a record that is not the file’s',
    departedAvsc,
    '"name": "departed"',
    '"name": "departure"',
    'record-name',
    /flights\.departure/,
  ],
  ['no owner', departedOdcs, 'team:\n  name: flight-operations\n', '', 'owner-missing', /no owner/],
  [
    'a partition by the clock',
    departedOdcs,
    'toYYYYMM(departed_at)',
    'toYYYYMM(now())',
    'expression-unstable',
    /now\(\)/,
  ],
  [
    'a partition by an unknown column',
    departedOdcs,
    'toYYYYMM(departed_at)',
    'toYYYYMM(departed)',
    'unknown-column',
    /departed is not a column/,
  ],
  [
    'a dimension ordered by more than its key',
    airportsOdcs,
    'role: dimension',
    'role: dimension\n        orderBy: [iata, name]',
    'dimension-order',
    /Remove orderBy/,
  ],
  [
    'a dimension partitioned by what changes',
    airportsOdcs,
    'role: dimension',
    'role: dimension\n        partitionBy: country',
    'unknown-column',
    /country/,
  ],
  [
    'a change stream without a key',
    airportsOdcs,
    '      key: [iata]\n',
    '',
    'missing',
    /needs a key/,
  ],
  [
    'a compacted topic without a key',
    departedOdcs,
    'partitions: 4',
    'partitions: 4\n        cleanup: compact',
    'compact-without-key',
    /no key/,
  ],
  [
    'a retention without a unit',
    airportsOdcs,
    'retention: forever',
    'retention: "7"',
    'duration-unreadable',
    /7d/,
  ],
  [
    'an ambiguous unit',
    departedOdcs,
    'value: 1\n    unit: s',
    'value: 1\n    unit: m',
    'duration-unreadable',
    /latency/,
  ],
  [
    'a dimension of events',
    departedOdcs,
    'role: fact',
    'role: dimension',
    'dimension-of-events',
    /role: fact/,
  ],
  [
    'a captured table on an event',
    departedOdcs,
    '{ kind: event }',
    '{ kind: event, table: public.x }',
    'source-mixed',
    /Remove table/,
  ],
];

describe('a bad input', () => {
  test.each(badInputs)(
    '%s names file, line, field, rule and remedy',
    (_name, path, from, to, rule, text) => {
      const found = problemsOf(path, from, to);
      expect(found.map((problem) => problem.rule)).toContain(rule);
      const problem = found.find((one) => one.rule === rule);
      expect([path, departedOdcs]).toContain(problem?.file);
      expect(problem?.line).toBeGreaterThan(0);
      expect(problem?.remedy).not.toBe('');
      expect(found.map(formatProblem).join('\n')).toMatch(text);
    },
  );

  test('a broken contract leaves the others usable', () => {
    const { contracts } = parseProject(exampleWith(departedOdcs, 'role: fact', 'role: fakt'));
    expect(contracts.map(({ id }) => id)).toEqual(['flights.airports']);
  });

  test('a sorting key that may be null is refused', () => {
    const nullable = exampleWith(
      departedAvsc,
      '"name": "distance_miles", "type": "int"',
      '"name": "distance_miles", "type": ["null", "int"]',
    ).map((file) =>
      file.path === departedOdcs
        ? {
            ...file,
            text: file.text
              .replace('[origin, departed_at]', '[origin, distance_miles]')
              .replace(
                'name: distance_miles\n        logicalType: integer\n        required: true',
                'name: distance_miles\n        logicalType: integer',
              ),
          }
        : file,
    );
    expect(parseProject(nullable).problems).toMatchObject([
      { rule: 'order-by-nullable', line: 113 },
    ]);
  });

  test('a missing half of a contract names the missing file', () => {
    for (const path of [departedAvsc, departedOdcs]) {
      const { problems } = parseProject(exampleFiles().filter((file) => file.path !== path));
      expect(problems).toMatchObject([{ rule: 'orphan-file' }]);
      expect(problems[0]?.message).toContain(path);
    }
  });

  test('a file outside schemas/<domain>/ is told where contracts stand', () => {
    const stray = [{ path: 'schemas/departed.avsc', text: '{}' }];
    expect(parseProject(stray).problems).toMatchObject([{ rule: 'file-location' }]);
    const named = [{ path: 'schemas/flights/Departed-v2.avsc', text: '{}' }];
    expect(parseProject(named).problems).toMatchObject([{ rule: 'name-not-plain' }]);
  });

  test('two contracts that claim one topic or table name each other', () => {
    const copies = exampleFiles()
      .filter(({ path }) => path.includes('airports'))
      .map(({ path, text }) => ({
        path: path.replace('airports', 'aerodromes'),
        text: text
          .replace('"name": "airports"', '"name": "aerodromes"')
          .replace('id: flights.airports', 'id: flights.aerodromes')
          .replace('- name: airports', '- name: aerodromes'),
      }));
    const { problems } = parseProject([...exampleFiles(), ...copies]);
    expect(problems.map(({ rule }) => rule)).toEqual(['duplicate', 'duplicate']);
    expect(problems[0]?.message).toMatch(/already belongs to flights\.aerodromes/);
  });
});
