import { createRegistryClient } from '@millrace/avro';
import { systemClock } from '@millrace/pipeline';
import { loadProject } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { streamOf } from '../stream.ts';
import { isUndecided } from './load/all-rejected.ts';
import { createLoadTally, type LoadCounts } from './load-tally.ts';
import { openLoadSession } from './loader.ts';
import { createObjectSource } from './object-source.ts';
import type { Place, PlacedObject } from './places/place.ts';
import { takeRowsFor } from './sources/open-source.ts';
import { readSource } from './sources/read-source.ts';
import { memoryObject } from './testing/memory-object.ts';

const { contracts } = await loadProject(new URL('../../../..', import.meta.url).pathname);
const contract = contracts.find(({ id }) => id === 'flights.departed')!;
const { signal } = new AbortController();

const header = 'flight_id,departed_at,delay_minutes,distance_miles,origin,destination\n';
const row = (id: string, delay = '4') => `${id},2001-01-07T09:28:00Z,${delay},349,ABQ,LAX\n`;

/** A dry run over objects in memory. */
const dryRun = async (objects: readonly PlacedObject[], more = '', guard = {}, sessions = 1) => {
  const text = `to: flights.departed\nfrom: { files: x }\n${more}`;
  const reading = readSource({ file: 'sources/test.yaml', text, contracts, env: {} });
  if (!('source' in reading)) throw new Error(JSON.stringify(reading.problems));
  const place: Place = {
    description: 'memory',
    async *list() {
      yield* objects;
    },
    changed: () => new Promise(() => undefined),
  };
  const options = { declaration: reading.source, contract, directory: '/', clock: systemClock };
  const names = new Set(contract.record.fields.map(({ name }) => name));
  const source = createObjectSource({
    place,
    format: { names },
    everyMs: 1000,
    clock: systemClock,
  });
  const tally = createLoadTally();
  const facts = { schemaId: 1, partitions: 4, eventBytesMax: 1e6 };
  const window = { windowEvents: 1, windowSeed: { value: 0 } };
  const stream = streamOf(contract, facts, window, createRegistryClient({ url: '' }));
  const takeRowsOf = takeRowsFor(options, source, stream, tally);
  for (let count = 0; count < sessions; count += 1) {
    const session = await openLoadSession({
      ...{ source, takeRowsOf, tally, clock: systemClock, signal, ...guard },
    });
    await session.loadAll();
    await session.loadAll();
  }
  return tally.counts();
};

test('good rows are counted as accepted, bad ones by code with file and line, and a broken file costs itself alone', async () => {
  const counts = await dryRun([
    memoryObject('a.csv', `${header}${row('1')}${row('2', 'late')}short\n${row('3')}`),
    memoryObject('b.json', '[{"flight_id":'),
    memoryObject('c.ndjson', '{"flight_id":"x"}\n'),
  ]);
  expect(counts).toMatchObject({ read: 5, accepted: 2, rejected: 3, parts: 3 });
  expect(counts.rejectedByCode).toEqual({ 'ingest.event-invalid': 2, 'ingest.row-unreadable': 1 });
  expect(counts.refused).toEqual([
    expect.objectContaining({
      part: 'a.csv',
      row: 2,
      line: 3,
      message: expect.stringContaining('/delay_minutes'),
    }),
    expect.objectContaining({ part: 'a.csv', row: 3, line: 4, code: 'ingest.row-unreadable' }),
    expect.objectContaining({ part: 'c.ndjson', row: 1, line: 1 }),
  ]);
  expect(counts.failed).toEqual([
    { part: 'b.json', code: 'ingest.part-unreadable', message: expect.any(String) },
  ]);
});

test('of a row with several problems the first is named', async () => {
  const counts = await dryRun([memoryObject('a.csv', `${header}1,never,late,far,ABQ,LAX\n`)]);
  expect(counts.refused[0]?.message).toMatch(/^\/departed_at: .*, and 2 more$/);
});

test('a load of which nothing is accepted ends before anything is committed, however many files the rows are in', async () => {
  const bad = (rows: number) => `${header}${row('1', 'late').repeat(rows)}`;
  const part = (name: string, text: string) => ({
    ...memoryObject(name, text),
    title: `./${name}`,
  });
  const files = [part('a.csv', bad(600)), part('b.csv', bad(600))];
  let committed = 0;
  const watched = (counts: LoadCounts) => {
    committed = counts.committed;
    return isUndecided(counts);
  };
  await expect(dryRun(files, '', { isUndecided: watched })).rejects.toMatchObject({
    code: 'ingest.rows-all-rejected',
    message: expect.stringMatching(
      /^the first 1,200 rows were all rejected, .\/a\.csv:2: \/delay_minutes/,
    ),
  });
  expect(committed).toBe(0);
  expect(await dryRun(files)).toMatchObject({ rejected: 1200, committed: 2 });
  const good = [part('a.csv', bad(600)), part('b.csv', header + row('0')), part('c.csv', bad(600))];
  expect(await dryRun(good, '', { isUndecided })).toMatchObject({ accepted: 1, committed: 3 });
  expect(await dryRun([part('a.csv', bad(9))], '', { isUndecided })).toMatchObject({
    rejected: 9,
    committed: 1,
  });
});

test('rows that are read again after a fault are not more rows that are rejected', async () => {
  const part = memoryObject('a.csv', header + row('1', 'late').repeat(600));
  expect(await dryRun([part], '', { isUndecided }, 2)).toMatchObject({ rejected: 1200 });
});

test('a mapping that makes nothing of a row skips it; one that fails rejects it', async () => {
  const map = `map: >
  delay_minutes = "0" ? null : {"flight_id": flight_id, "departed_at": departed_at, "delay_minutes": $number(delay_minutes),
  "distance_miles": distance_miles, "origin": origin, "destination": destination}
`;
  const counts = await dryRun(
    [memoryObject('a.csv', `${header}${row('1', '0')}${row('2')}${row('3', 'x')}`)],
    map,
  );
  expect(counts).toMatchObject({ read: 3, accepted: 1, skipped: 1, rejected: 1 });
  expect(counts.rejectedByCode).toEqual({ 'ingest.row-unmapped': 1 });
});
