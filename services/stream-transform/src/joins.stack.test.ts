import { expect, test } from 'vitest';
import { createTransformWorld, type Reading } from './testing/transform-world.ts';

/** Even readings with the odd ones of their sensor that lie within 3 ms, or alone. */
const joined = `const readings = from('in', { time: 'at' });
const [even, odd] = [0, 1].map((rest) =>
  readings.filter(({ value }) => value % 2 === rest).keyBy(({ sensor }) => sensor));
even
  .leftJoin(odd, { within: 3 }, (left, right) => ({
    name: left.sensor, at: left.at, total: left.value * 1_000 + (right === null ? 999 : right.value),
  }))
  .to('out');`;

const readings = (from: number, to: number): Reading[] =>
  Array.from({ length: to - from }, (_, i) => ({
    sensor: `s${((from + i) * 7) % 5}`,
    at: 1_000 + from + i,
    value: from + i,
  }));

test('a join of two streams gives every pair and every record alone once, across a restart', async () => {
  const world = await createTransformWorld();
  await world.write(joined);
  await world.send(readings(0, 60));
  const first = await world.start();
  const totals = async () =>
    (await world.results()).map(({ value }) => value!.total).sort((a, b) => a - b);
  await expect.poll(async () => (await totals()).length).toBeGreaterThan(0);
  await first.stop();
  await world.send(readings(60, 120));
  // Event time goes on in both partitions, so that the last windows close.
  for (const sensor of ['s0', 's1', 's2', 's3', 's4'])
    await world.send([{ sensor, at: 9_000, value: 1 }]);
  await world.start();

  const all = readings(0, 120);
  const expected = all
    .filter(({ value }) => value % 2 === 0)
    .flatMap(({ sensor, value }) => {
      const partners = all.filter(
        (other) =>
          other.sensor === sensor && other.value % 2 === 1 && Math.abs(other.value - value) <= 3,
      );
      const totals = partners.map((other) => value * 1_000 + other.value);
      return totals.length > 0 ? totals : [value * 1_000 + 999];
    });
  await expect.poll(totals).toEqual(expected.sort((a, b) => a - b));
});

test('a foreign key join follows both tables over three topics, across a restart', async () => {
  const world = await createTransformWorld();
  await world.write(`const rows = latest('in', { time: 'at' });
    rows
      .joinBy(({ value }) => 's' + (value % 6), rows, ({ sensor, at, value }, other) => ({
        name: sensor, at, total: value * 1_000 + other.value,
      }))
      .to('out');`);
  const sent: Reading[] = [];
  const send = async (values: readonly number[]) => {
    const some = values.map((value) => ({ sensor: `s${(value * 5) % 8}`, at: value, value }));
    sent.push(...some);
    await world.send(some);
  };
  const newest = async () => {
    const rows = new Map((await world.results()).map(({ key, value }) => [key, value]));
    return [...rows].flatMap(([key, value]) => (value === null ? [] : [`${key}: ${value.total}`]));
  };
  const expected = () => {
    const rows = new Map(sent.map((reading) => [reading.sensor, reading.value]));
    return [...rows].flatMap(([sensor, value]) => {
      const other = rows.get(`s${value % 6}`);
      return other === undefined ? [] : [`${sensor}: ${value * 1_000 + other}`];
    });
  };
  await send([3, 4, 5, 6, 7, 8, 9]);
  const first = await world.start();
  await expect.poll(async () => (await newest()).sort()).toEqual(expected().sort());
  await first.stop();
  await send([17, 11, 24, 30, 41]);
  await world.start();
  await expect.poll(async () => (await newest()).sort()).toEqual(expected().sort());
});

test('at the first start the tables of joins are read before the first record, also where they change partition', async () => {
  const world = await createTransformWorld();
  const rows = `${world.outName}.rows`;
  await world.outTopic(rows);
  await world.write(`const keyed = from('in', { time: 'at' }).keyBy(({ sensor }) => 'r' + sensor.slice(1));
    const near = latest('in', { topic: '${rows}' });
    const moved = from('in', { topic: '${rows}' }).keyBy(({ sensor }) => sensor).toTable();
    keyed
      .leftJoin(near, ({ sensor, at, value }, row) => ({ name: sensor, at, value, near: row?.value ?? 0 }))
      .leftJoin(moved, ({ name, at, value, near }, row) => ({
        name, at, total: value * 1_000_000 + near * 1_000 + (row?.value ?? 0),
      }))
      .to('out');`);
  // By time every record of the stream comes before every row.
  const numbers = Array.from({ length: 100 }, (_, number) => number);
  await world.send(numbers.map((value) => ({ sensor: `s${value}`, at: 1 + value, value })));
  for (const more of [0, 1]) {
    const old = numbers.map((n) => ({ sensor: `r${n}`, at: 1e6, value: 1 + n + more }));
    await world.send(old, rows);
  }
  await world.start();
  const totals = async () =>
    (await world.results()).map(({ value }) => value!.total).sort((a, b) => a - b);
  await expect.poll(totals).toEqual(numbers.map((n) => n * 1_000_000 + (n + 2) * 1_001));
});
