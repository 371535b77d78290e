import { describe, expect, test } from 'vitest';
import type { WarehouseContract } from '../index.ts';
import { exampleFiles, examplePaths } from '../testing/example-files.ts';
import { rawTableDdl } from '../warehouse/table-ddl.ts';
import { formatProblem } from './contract-problem.ts';
import { parseProject } from './parse-project.ts';

/** The example with the words of one contract's warehouse part replaced. */
const withWords = (path: string, words: string, edit = (text: string) => text) =>
  parseProject(
    exampleFiles().map((file) =>
      file.path === path
        ? {
            path,
            text: edit(file.text).replace(
              / {6}warehouse:\n[\s\S]*$/,
              `      warehouse: ${words}\n`,
            ),
          }
        : file,
    ),
  );

const { departedOdcs, airportsOdcs } = examplePaths;

const departed = (words: string, edit?: (text: string) => string): WarehouseContract => {
  const { contracts, problems } = withWords(
    departedOdcs,
    `{ role: fact, orderBy: [origin, departed_at], ${words} }`,
    edit,
  );
  if (problems.length > 0) throw new Error(problems.map(formatProblem).join('\n'));
  return contracts.find(({ name }) => name === 'departed') as WarehouseContract;
};

describe('the storage of a fact', () => {
  test('without further words has a codec for each column and no partitions', () => {
    const { warehouse } = departed('');
    expect(warehouse.partitionBy).toBeUndefined();
    const codecs = warehouse.columns.map(({ name, codec }) => [name, codec]);
    expect(codecs).toEqual([
      ['flight_id', 'ZSTD(1)'],
      ['departed_at', 'Delta(8), ZSTD(1)'],
      ['delay_minutes', 'T64, ZSTD(1)'],
      ['distance_miles', 'T64, ZSTD(1)'],
      ['origin', 'ZSTD(1)'],
      ['destination', 'ZSTD(1)'],
    ]);
  });

  test.each([
    ['30d', 'toDate(departed_at)', 30],
    ['2y', 'toYYYYMM(departed_at)', 730],
  ])(
    'with a retention of %s expires by whole partitions of the event time',
    (retention, by, days) => {
      const contract = departed(`retention: ${retention}`);
      expect(contract.warehouse).toMatchObject({
        partitionBy: by,
        ttl: `toDateTime(departed_at) + toIntervalDay(${days})`,
      });
      expect(rawTableDdl(contract)).toContain('ttl_only_drop_parts = 1');
    },
  );

  test('partitioned by something else expires row by row', () => {
    const contract = departed('retention: 1y, partitionBy: origin');
    expect(rawTableDdl(contract)).not.toContain('ttl_only_drop_parts');
  });

  test('that keeps its rows for ever has no TTL', () => {
    expect(departed('retention: forever').warehouse.ttl).toBeUndefined();
  });

  test('has the indexes and the granularity that its contract names', () => {
    const ddl = rawTableDdl(
      departed(
        'indexGranularity: 1024, indexes: [{ column: flight_id, type: bloom_filter, granularity: 4 }, { column: delay_minutes, type: minmax }]',
      ),
    );
    expect(ddl).toContain(
      'INDEX `idx_flight_id_bloom` `flight_id` TYPE bloom_filter GRANULARITY 4',
    );
    expect(ddl).toContain(
      'INDEX `idx_delay_minutes_minmax` `delay_minutes` TYPE minmax GRANULARITY 1',
    );
    expect(ddl).toContain('index_granularity = 1024');
  });

  test('keeps text of few values as a dictionary where the contract says so', () => {
    const { warehouse } = departed('', (text) =>
      text.replace(
        'required: true\n        unique: true',
        'customProperties: [{ property: millrace, value: { cardinality: low } }]\n        required: true\n        unique: true',
      ),
    );
    expect(warehouse.columns[0]).toMatchObject({ type: 'LowCardinality(String)' });
  });
});

describe('a storage word is refused, with the reason', () => {
  const fact = (words: string) =>
    withWords(departedOdcs, `{ role: fact, orderBy: [origin], ${words} }`).problems;
  test.each([
    ['retention: soon', 'duration-invalid', /a day or more/],
    ['retention: 1y, ttl: departed_at + INTERVAL 1 YEAR', 'retention-and-ttl', /Keep one/],
    ['indexes: [{ column: orgin, type: minmax }]', 'unknown-column', /Did you mean origin/],
    ['indexes: [{ column: origin, type: hash }]', 'index-type', /bloom_filter/],
    [
      'indexes: [{ column: origin, type: minmax }, { column: origin, type: minmax }]',
      'index-twice',
      /one of them/,
    ],
    ['projections: [{ orderBy: origin }]', 'projection-refused', /materialized view/],
  ])('%s', (words, rule, text) => {
    const [problem] = fact(words);
    expect(problem).toMatchObject({ rule });
    expect(formatProblem(problem!)).toMatch(text);
  });

  test('a retention of a dimension, whose rows are true until they are deleted', () => {
    const { problems } = withWords(airportsOdcs, '{ role: dimension, retention: 1y }');
    expect(problems).toMatchObject([{ rule: 'retention-of-dimension' }]);
  });

  test('a dictionary of what is no text', () => {
    const { problems } = parseProject(
      exampleFiles().map((file) => ({
        ...file,
        text: file.text.replace('codec: "Delta(8), ZSTD(1)"', 'cardinality: low'),
      })),
    );
    expect(problems).toMatchObject([{ rule: 'low-cardinality-type' }]);
  });
});
