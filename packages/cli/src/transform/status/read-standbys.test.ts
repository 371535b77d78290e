import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createStickyAssignor } from '@millrace/kafka';
import { expect, onTestFinished, test } from 'vitest';
import { readStandbys } from './read-standbys.ts';

/** Two members, each with one of two tasks, as the leader tells them. */
const dealt = (endpoints: readonly string[]) => {
  const groups = [{ name: 'stage-1', topics: ['t'], isStateful: true }];
  const members = endpoints.map((endpoint, index) => {
    const self = () => ({ processId: `p${index}`, endpoint });
    const { userData } = createStickyAssignor({ groups, standbys: 1, self });
    return {
      memberId: `m${index}`,
      topics: ['t'],
      owned: [],
      generation: -1,
      userData: userData(),
    };
  });
  const { assign } = createStickyAssignor({ groups, standbys: 1 });
  return [...assign(members, new Map([['t', 2]])).values()].map(({ userData }) => ({
    userData: userData!,
  }));
};

test('every copy is told with its distance, or without when its instance does not answer', async () => {
  const server = createServer((_request, response) => {
    const of = (transform: string, partition: number) => ({ transform, stage: 1, partition });
    const tasks = [0, 1].flatMap((partition) => [
      { ...of('sums', partition), role: 'standby', lagRecords: 5 },
      { ...of('sums', partition), role: 'active', lagRecords: 6 },
      { ...of('others', partition), role: 'standby', lagRecords: 7 },
    ]);
    response.end(JSON.stringify({ tasks }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const away = 'http://127.0.0.1:1';
  const found = await readStandbys('sums', [{ userData: Buffer.alloc(0) }, ...dealt([here, away])]);
  expect(found.map(({ stage, partition }) => [stage, partition])).toEqual([
    [1, 0],
    [1, 1],
  ]);
  expect(new Map(found.map(({ instance, lagRecords }) => [instance, lagRecords]))).toEqual(
    new Map<string, number | null>([
      [here, 5],
      [away, null],
    ]),
  );
});

test('a group of which nobody was told anything has none', async () => {
  expect(await readStandbys('sums', [])).toEqual([]);
  expect(await readStandbys('sums', [{ userData: Buffer.alloc(0) }])).toEqual([]);
});
