/**
 * Copies of state that stand by: what an instance that takes a task over has to read, with one and without, and who
 * answers for state meanwhile.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { partitionForKey } from '@millrace/kafka';
import { startService } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { createTransformWorld, type TransformWorld } from './testing/transform-world.ts';

const bin = fileURLToPath(new URL('../../../packages/cli/bin/millrace.mjs', import.meta.url));
const KEYS = 10_000;

/** The last reading of each sensor, counted by a running aggregate: a store with an entry a key. */
const totals = (prefix: string) => `from('in', { time: 'at' })
  .keyBy(({ sensor }) => sensor)
  .aggregate({ total: streams.sum(({ value }) => value) }, { name: 'totals' })
  .map(({ key, value }) => ({ name: '${prefix}' + key, at: 0, total: value.total }))
  .to('out');`;

const readings = (value: number, keys = KEYS) =>
  Array.from({ length: keys }, (_, key) => ({ sensor: `sensor-${key}`, at: 1_000, value }));

const partitionOf = (sensor: string): number => partitionForKey(Buffer.from(sensor), 2);

const lastTotals = async (world: TransformWorld): Promise<ReadonlyMap<string, number>> =>
  new Map((await world.results()).map(({ value }) => [value!.name, value!.total]));

test('whoever takes a task over reads what its copy lacks, without a copy all of it; the copy answers until then', async () => {
  const world = await createTransformWorld();
  const warm = `warm_${world.domain}`;
  await world.write(totals('w '), '{ standbys: 1 }', warm);
  await world.write(totals('c '), '{}', world.transform);
  const start = async (name: string) => {
    const service = await startService('stream-transform', {
      ...world.env,
      MILLRACE_STREAM_TRANSFORM_STATE_DIR: `${world.directory}/${name}`,
      // one that dies is in the group until its session ends, so that there is a time in which nobody owns its tasks
      MILLRACE_STREAM_TRANSFORM_SESSION_TIMEOUT: '10s',
      MILLRACE_STREAM_TRANSFORM_WATCH_PEERS: 'false',
    });
    await service.ready();
    const metric = (noun: string, transform: string, partition: number) =>
      service.metric(
        `millrace_stream_transform_${noun}{transform="${transform}",stage="1",partition="${partition}"}`,
      );
    return { ...service, metric };
  };
  const [first, second] = [await start('first'), await start('second')];
  // Each has one task of each transform, and a copy of the other one of the first transform.
  const owned = async (service: typeof first, transform: string): Promise<number[]> => {
    const lags = await Promise.all(
      [0, 1].map((partition) => service.metric('lag_records', transform, partition)),
    );
    return lags.flatMap((lag, partition) => (lag === undefined ? [] : [partition]));
  };
  for (const transform of [warm, world.transform]) {
    await expect
      .poll(async () => [await owned(first, transform), await owned(second, transform)])
      .toEqual(expect.arrayContaining([[0], [1]]));
  }
  await world.send(readings(1));
  await expect.poll(async () => (await lastTotals(world)).size).toBe(2 * KEYS);
  const [warmLost] = await owned(first, warm);
  const [coldLost] = await owned(first, world.transform);
  // a copy that has read nothing yet may still say that it lags by nothing
  const copied = readings(1).filter(({ sensor }) => partitionOf(sensor) === warmLost).length;
  await expect.poll(() => second.metric('standby_entries_records', warm, warmLost!)).toBe(copied);
  await expect.poll(() => second.metric('standby_lag_records', warm, warmLost!)).toBe(0);

  // The command shows who keeps which copy; the environment is that of the service.
  const env = { ...process.env, ...world.env };
  const standbys = async () => {
    const command = [bin, 'transform', 'status', warm, '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, command, { env });
    return JSON.parse(stdout)[0].standbys;
  };
  const copies = [warmLost === 0 ? second : first, warmLost === 0 ? first : second];
  await expect
    .poll(standbys)
    .toEqual(
      copies.map(({ url }, partition) => ({ stage: 1, partition, instance: url, lagRecords: 0 })),
    );

  // A key that the other one has: passed on to it, refused when that is not wanted, or out of the copy.
  const key = readings(1).find(({ sensor }) => partitionOf(sensor) === warmLost)!.sensor;
  const ask = async (more = '', headers: Readonly<Record<string, string>> = {}) => {
    const path = `${second.url}/state/${warm}/totals/${key}${more}`;
    const response = await fetch(path, { headers });
    return { status: response.status, ...((await response.json()) as object) };
  };
  const value = { total: 1 };
  expect(await ask()).toMatchObject({ status: 200, partition: warmLost, value });
  expect(await ask()).not.toHaveProperty('stale');
  const elsewhere = { status: 421, owner: first.url, standbys: [second.url] };
  expect(await ask('?forward=false')).toMatchObject(elsewhere);
  expect(await ask('', { 'millrace-forwarded': '1' })).toMatchObject(elsewhere);
  const fromCopy = { status: 200, stale: { lagRecords: 0 }, value };
  expect(await ask('?stale=true')).toMatchObject(fromCopy);

  first.kill('SIGKILL');
  await first.exited;
  // Until the group gives it to the other one.
  expect(await ask()).toMatchObject({ status: 503, owner: first.url });
  expect(await ask('?stale=true')).toMatchObject(fromCopy);
  await world.send(readings(10));
  await expect.poll(() => owned(second, warm)).toEqual([0, 1]);
  await expect.poll(() => owned(second, world.transform)).toEqual([0, 1]);
  await expect
    .poll(async () => [...(await lastTotals(world)).values()].filter((total) => total !== 11))
    .toEqual([]);
  expect(await second.metric('restored_records_total', warm, warmLost!)).toBeLessThan(1_000);
  expect(await second.metric('restored_records_total', world.transform, coldLost!)).toBeGreaterThan(
    4_000,
  );
  expect(await second.metric('standby_lag_records', warm, warmLost!)).toBeUndefined();
  expect(await ask()).toMatchObject({ status: 200, value: { total: 11 } });
  expect(await second.stop()).toEqual({ code: 0, signal: null });
});
