/** Members that watch each other, at a real broker. Their sessions are far longer than any test. */
import { kafkaApi as API, uniqueName } from '@millrace/testkit';
import { expect, it } from 'vitest';
import { createCluster } from '../../cluster/cluster.ts';
import { removeMembers } from '../../messages/group-messages.ts';
import {
  closedAfterTest,
  recordsOf,
  testConnection,
  testProxy,
  testTopic,
  write,
} from '../../testing/test-kafka.ts';
import { startMember } from '../../testing/test-member.ts';
import { startPresence } from '../../testing/test-presence.ts';
import { createPeers } from './create-peers.ts';

const PATIENT_MS = 600_000;

/** A member of a process of its own, as the others see it. */
const startWatched = async (
  options: { readonly groupId: string; readonly topics: readonly string[] },
  connection = testConnection(),
  port = 0,
) => {
  const process = await startPresence(undefined, port);
  let evicted = 0;
  const peers = createPeers({
    presence: process.presence,
    evicted: (members) => {
      evicted += members;
    },
  });
  closedAfterTest({ close: async () => peers.close() });
  const member = startMember({ ...options, peers, sessionTimeoutMs: PATIENT_MS }, {}, connection);
  return { process, peers, member, owns: () => member.owned.size, evicted: () => evicted };
};

const firstOfTwo = async () => {
  const options = { groupId: uniqueName('group'), topics: [await testTopic(2)] };
  return { options, first: await startWatched(options) };
};

it('a member whose process is dead is put out, and others own what it had long before its session is over', async () => {
  const { options, first } = await firstOfTwo();
  const proxy = await testProxy();
  const second = await startWatched(options, proxy.connection);
  await expect.poll(() => [first.owns(), second.owns()]).toEqual([1, 1]);
  await expect.poll(() => [first.peers.seen(), second.peers.seen()]).toEqual([1, 1]);
  await proxy.close();
  await second.process.die();
  await expect.poll(first.owns).toBe(2);
  expect([first.evicted(), second.evicted()]).toEqual([1, 0]);
});

it('a process that comes back where it was puts out who it was, when nobody else is there to do it', async () => {
  const options = { groupId: uniqueName('group'), topics: [await testTopic(2)] };
  const proxy = await testProxy();
  const killed = await startWatched(options, proxy.connection);
  await expect.poll(killed.owns).toBe(2);
  await proxy.close();
  await killed.process.die();
  const { port } = killed.process.address;
  const again = await startWatched(options, testConnection(), port);
  await expect.poll(again.owns).toBe(2);
  expect(again.evicted()).toBe(1);
});

it('an ordered end is told before a heartbeat could tell it, and puts nobody out', async () => {
  const { options, first } = await firstOfTwo();
  const proxy = await testProxy();
  const second = await startWatched(options, proxy.connection);
  await expect.poll(() => [first.owns(), second.owns()]).toEqual([1, 1]);
  await expect.poll(second.peers.seen).toBe(1);
  proxy.hold(API.heartbeat);
  await first.member.close();
  await expect.poll(second.owns).toBe(2);
  first.peers.close();
  await first.process.die();
  await expect.poll(second.peers.seen).toBe(0);
  expect(second.evicted()).toBe(0);
});

it('one that was put out though it lives joins anew: what it had is revoked before it has it again', async () => {
  const { options, first } = await firstOfTwo();
  const second = await startWatched(options);
  await expect.poll(() => [first.owns(), second.owns()]).toEqual([1, 1]);
  const term = second.member.term();
  const [partition] = [...second.member.owned];
  const cluster = createCluster(testConnection());
  closedAfterTest({ close: async () => cluster.close() });
  const coordinator = await cluster.coordinator('group', options.groupId);
  const { memberId } = second.member.member()!;
  expect(await cluster.send(coordinator, removeMembers(options.groupId, [memberId]))).toEqual({
    ...{ errorCode: 0, members: [0] },
  });
  await expect.poll(() => second.member.term()).toBeGreaterThan(term);
  await expect.poll(() => [first.owns(), second.owns()]).toEqual([1, 1]);
  const [topic] = options.topics as [string];
  await expect(
    second.member.commit(term, [{ topic, partition: partition!, offset: 1 }]),
  ).rejects.toMatchObject({ code: 'kafka.fenced' });
  for (const each of [0, 1]) await write(topic, recordsOf(1), each);
  const values = () => [...first.member.values(), ...second.member.values()];
  await expect.poll(values).toHaveLength(2);
});

it('members that say nothing of where they are share a group with those that do', async () => {
  const { options, first } = await firstOfTwo();
  const old = startMember({ ...options, sessionTimeoutMs: PATIENT_MS });
  await expect.poll(() => [first.owns(), old.owned.size]).toEqual([1, 1]);
  expect(first.peers.seen()).toBe(0);
  await old.close();
  await expect.poll(first.owns).toBe(2);
});
