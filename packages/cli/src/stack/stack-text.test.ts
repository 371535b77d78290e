import { expect, test } from 'vitest';
import { columns, endpointTable, partTable, progressLine } from './stack-text.ts';

test('columns are as wide as their widest cell', () => {
  expect(
    columns([
      ['a', 'b'],
      ['long', 'c'],
    ]),
  ).toBe('a     b\nlong  c');
});

test('progress names the part, the moment and the detail', () => {
  expect(progressLine({ part: 'postgres', state: 'ready', atMs: 1234 })).toBe(
    '  1.2 s  PostgreSQL  ready',
  );
  expect(
    progressLine({ part: 'download', state: 'downloading', atMs: 20, detail: 'kafka.jar' }),
  ).toBe('  0.0 s  Download    downloading: kafka.jar');
});

test('a part that has ended shows no memory', () => {
  const table = partTable([{ part: 'kafka', state: 'ended', pid: 7, port: 9092 }]);
  expect(table.split('\n')[1]).toBe('Kafka  ended  7    9092  -');
});

test('an external stack has no data directory to show', () => {
  const endpoints = { kafkaBrokers: 'k', registryUrl: 'r', postgresUrl: 'p', clickhouseUrl: 'c' };
  expect(endpointTable(endpoints, '')).not.toContain('Data');
  expect(endpointTable(endpoints, '/data')).toContain('Data        /data');
});
