import { expect, test } from 'vitest';
import { createTransformWorld, type Reading } from './testing/transform-world.ts';

const double = `from('in', { time: 'at' })
  .filter(({ value }) => value !== 13)
  .map(({ sensor, at, value }) => {
    if (value === 14) throw new Error('fourteen');
    return { name: sensor, at, total: value * 2 };
  })
  .to('out');`;

const readings = (from: number, to: number): Reading[] =>
  Array.from({ length: to - from }, (_, i) => ({
    sensor: `s${(from + i) % 7}`,
    at: 1_000 + from + i,
    value: from + i,
  }));

test('records pass through a transform once, in order, by key, with their event time; a restart goes on behind them', async () => {
  const world = await createTransformWorld();
  await world.write(double);
  await world.send(readings(0, 100));
  const first = await world.start();
  const totals = async () =>
    (await world.results()).map(({ value }) => value!.total).sort((a, b) => a - b);
  const expected = (to: number) =>
    readings(0, to)
      .filter(({ value }) => value !== 13 && value !== 14)
      .map(({ value }) => value * 2);
  await expect.poll(totals).toEqual(expected(100));
  await first.stop();

  await world.send(readings(100, 150));
  await world.start();
  await expect.poll(totals).toEqual(expected(150));

  for (const result of await world.results()) {
    const { key, timeMs, value } = result;
    expect({ key, timeMs }).toEqual({ key: value!.name, timeMs: value!.at });
  }
  const results = await world.results();
  for (const name of new Set(results.map(({ value }) => value!.name))) {
    const times = results.filter(({ value }) => value!.name === name).map(({ value }) => value!.at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  }
});

test('a transform whose contract was removed does not run, and keeps no other from it', async () => {
  const world = await createTransformWorld();
  await world.write(double);
  await world.write(`from('in', { time: 'at' }).to('removed');`, '{}', `${world.transform}_b`);
  await world.send(readings(0, 5));
  const service = await world.start();
  await expect
    .poll(async () => (await world.results()).map(({ value }) => value!.total).sort())
    .toEqual([0, 2, 4, 6, 8]);
  expect(await service.ready?.()).toMatch(
    /^transform \w+_b: sink-1 names the contract '.*removed'/,
  );
});

test('a record that cannot be read, and one for which a function throws, are dead letters with their exact bytes', async () => {
  const world = await createTransformWorld();
  await world.write(double);
  await world.sendRaw(1, {
    key: Buffer.from('k'),
    value: Buffer.from('garbage'),
    headers: { h: 'x' },
  });
  await world.send(readings(14, 16));
  await world.start();
  await expect
    .poll(async () => (await world.results()).map(({ value }) => value!.total))
    .toEqual([30]);

  // they are of two partitions, each with transactions of its own
  await expect.poll(async () => (await world.deadLetters()).length).toBe(2);
  const letters = (await world.deadLetters()).map(({ key, value, headers }) => ({
    key: String(key),
    isGarbage: String(value) === 'garbage',
    h: headers['h']?.toString(),
    code: String(headers['__connect.errors.exception.class.name']),
    reason: String(headers['__connect.errors.exception.message']),
  }));
  expect(letters).toContainEqual({
    ...{ key: 'k', isGarbage: true, h: 'x' },
    code: 'transform.record-unreadable',
    reason: 'the record is not framed Avro',
  });
  expect(letters).toContainEqual({
    ...{ key: 's0', isGarbage: false, h: undefined },
    code: 'transform.function-failed',
    reason: 'map-1: Error: fourteen',
  });
});
