import { kafkaApi as API, pace, uniqueName } from '@millrace/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Assignor } from '../assignor.ts';
import { createProducer } from '../produce/create-producer.ts';
import {
  closedAfterTest,
  recordOf,
  recordsOf,
  testConnection,
  testProxy,
  testTopic,
  write,
} from '../testing/test-kafka.ts';
import { startMember, type TestMember } from '../testing/test-member.ts';
import { alignedAssignor } from './aligned-assignor.ts';
import { createStickyAssignor } from './sticky/create-sticky-assignor.ts';
import { decodeStickyAssignment } from './sticky/sticky-user-data.ts';

/** Of members that must not be lost because the machine is busy. */
const PATIENT_MS = 120_000;
/** The broker allows no shorter one. */
const SESSION_TIMEOUT_MS = 6_000;

/** Writes numbered records to every partition of these topics, over and over, until the test ends. */
const writing = (topics: readonly string[], partitions: number) => {
  const producer = closedAfterTest(createProducer(testConnection()));
  let isWriting = true;
  let sent = 0;
  const done = (async () => {
    while (isWriting) {
      const number = sent++;
      await producer.send(
        topics.flatMap((topic) =>
          Array.from({ length: partitions }, (_, partition) => ({
            ...{ topic, partition, records: [recordOf(`${topic}/${partition}/${number}`)] },
          })),
        ),
      );
      await pace(2);
    }
  })();
  onTestFinished(async () => {
    isWriting = false;
    await done;
  });
};

/** Partitions that a member owns, by topic. */
const ownedOf = (member: TestMember, topic: string): number[] => {
  const { added, kept } = member.assignments.at(-1) ?? { added: [], kept: [] };
  return [...added, ...kept]
    .filter((one) => one.topic === topic)
    .map((one) => one.partition)
    .sort();
};

/** Both own something, and have heard of the same generation: nothing of the rebalance is on its way any more. */
const settled = (...[one, other]: readonly [TestMember, TestMember]) =>
  expect
    .poll(() => one.owned.size * other.owned.size > 0 && generationOf(one) === generationOf(other))
    .toBe(true);
const generationOf = ({ assignments }: TestMember) => assignments.at(-1)?.generation;

describe('over a rebalance', () => {
  it('what stays goes on, each record once, while members join, leave and die; topics of a group stay together', async () => {
    const topics = [await testTopic(6), await testTopic(6)] as const;
    writing(topics, 6);
    const start = (sessionTimeoutMs = PATIENT_MS, connection = testConnection()) =>
      startMember(
        {
          ...{ groupId, topics, sessionTimeoutMs },
          assignors: [createStickyAssignor({ groups: [{ name: 'stage', topics }] })],
        },
        {},
        connection,
      );
    const groupId = uniqueName('group');
    const members: TestMember[] = [];
    const shared = async (...counts: number[]) => {
      const owned = () => members.map((one) => topics.map((topic) => ownedOf(one, topic)));
      await expect
        .poll(() => owned().map((ofMember) => ofMember.map((partitions) => partitions.length)))
        .toEqual(counts.map((count) => [count, count]));
      for (const [one, other] of owned()) expect(one).toEqual(other);
    };
    members.push(start());
    await shared(6);
    const [first] = members as [TestMember];
    const always = () => ownedOf(first, topics[0]);

    const proxy = await testProxy();
    members.push(start(SESSION_TIMEOUT_MS, proxy.connection));
    await shared(3, 3);
    const ofThree = always();
    members.push(start());
    await shared(2, 2, 2);
    const stays = always();
    expect(ofThree).toEqual(expect.arrayContaining(stays));
    await members.pop()!.close();
    await shared(3, 3);
    await proxy.close(); // It dies: it can say nothing any more, not even that it leaves.
    members.pop();
    await shared(6);

    // Nothing was committed: whatever had been interrupted would have begun again at the start.
    for (const partition of stays) {
      const seen = first.values(partition).filter((value) => value.startsWith(`${topics[0]}/`));
      expect(seen.length).toBeGreaterThan(10);
      expect(seen).toEqual(Array.from(seen, (_, n) => `${topics[0]}/${partition}/${n}`));
    }
    const added = first.assignments.slice(1).flatMap((one) => one.added);
    for (const { partition } of added) expect(stays).not.toContain(partition);
  });

  it('records are delivered and offsets committed while a member keeps the others waiting', async () => {
    const topic = await testTopic(2);
    const options = { groupId: uniqueName('group'), topics: [topic], sessionTimeoutMs: PATIENT_MS };
    const proxy = await testProxy();
    const quick = startMember(options);
    await expect.poll(() => quick.owned.size).toBe(2);
    const slow = startMember(options, {}, proxy.connection);
    await settled(quick, slow);
    expect([quick.owned.size, slow.owned.size]).toEqual([1, 1]);
    const [partition] = [...quick.owned];
    const joins = proxy.requests(API.joinGroup).length;
    const before = quick.assignments.length;
    const release = proxy.hold(API.joinGroup);
    const third = startMember(options);
    await expect.poll(() => proxy.requests(API.joinGroup).length).toBeGreaterThan(joins);
    await write(topic, recordsOf(3), partition);
    await expect.poll(() => quick.values(partition)).toHaveLength(3);
    await quick.commit(quick.assignments[0]!.term, [{ topic, partition: partition!, offset: 3 }]);
    expect(quick.assignments).toHaveLength(before);
    release();
    await expect.poll(() => third.assignments.length).toBeGreaterThan(0);
  });

  it('a member that the group has forgotten loses what it had, and says so before it has it again', async () => {
    const topic = await testTopic();
    const groupId = uniqueName('group');
    const proxy = await testProxy();
    const revoked: number[] = [];
    const member = startMember(
      { groupId, topics: [topic] },
      { revoked: (partitions) => void revoked.push(...partitions.map((one) => one.partition)) },
      proxy.connection,
    );
    await expect.poll(() => member.assignments).toHaveLength(1);
    const term = member.term();
    proxy.answerInstead(API.heartbeat, () => unknownMemberId);
    await expect.poll(() => member.assignments.length).toBeGreaterThan(1);
    expect(revoked).toEqual([0]);
    expect(member.assignments[1]).toMatchObject({ added: [{ topic, partition: 0 }], kept: [] });
    await expect(member.commit(term, [{ topic, partition: 0, offset: 1 }])).rejects.toMatchObject({
      code: 'kafka.fenced',
    });
  });
});

/** Throttle time, error code. */
const unknownMemberId = Buffer.from([0, 0, 0, 0, 0, 25]);

describe('an assignor', () => {
  it('hears what members say when they join, also again, and what it says reaches them', async () => {
    const topic = await testTopic(2);
    let words = 'at first';
    const heard: string[] = [];
    const assignor: Assignor = {
      name: 'a-test',
      userData: () => Buffer.from(words),
      assign(members, counts) {
        heard.push(...members.map((one) => String(one.userData)));
        const partitions = [{ topic, partition: counts.get(topic)! - 1 }];
        return new Map(
          members.map((one) => [one.memberId, { partitions, userData: Buffer.from('an answer') }]),
        );
      },
    };
    const member = startMember({
      groupId: uniqueName('group'),
      topics: [topic],
      assignors: [assignor],
    });
    await expect.poll(() => member.assignments).toHaveLength(1);
    expect(member.assignments[0]!.added).toEqual([{ topic, partition: 1 }]);
    expect(String(member.assignments[0]!.userData)).toBe('an answer');
    words = 'later';
    member.rejoin();
    await expect.poll(() => member.assignments).toHaveLength(2);
    expect(heard).toEqual(['at first', 'later']);
    expect(member.assignments[1]).toMatchObject({ added: [], kept: [{ topic, partition: 1 }] });
  });

  it('is the one that all members offer, so a group is upgraded member by member', async () => {
    const topic = await testTopic(4);
    const options = { groupId: uniqueName('group'), topics: [topic], sessionTimeoutMs: PATIENT_MS };
    const self = () => ({ processId: 'p', endpoint: 'http://here' });
    const old = startMember({ ...options, assignors: [alignedAssignor] });
    await expect.poll(() => old.owned.size).toBe(4);
    const both = { ...options, assignors: [createStickyAssignor({ self }), alignedAssignor] };
    const young = startMember(both);
    await expect.poll(() => [old.owned.size, young.owned.size]).toEqual([2, 2]);
    expect(young.assignments.at(-1)!.userData).toHaveLength(0);
    const kept = [...young.owned];
    await old.close();
    await expect.poll(() => young.owned.size).toBe(4);
    expect(young.assignments.at(-1)!.kept.map((one) => one.partition)).toEqual(kept);
    const { hosts } = decodeStickyAssignment(young.assignments.at(-1)!.userData);
    expect(hosts).toMatchObject([{ endpoint: 'http://here', active: { length: 4 } }]);
  });
});

describe('a static member', () => {
  it('that restarts takes its partitions at once, and nobody else notices', async () => {
    const topic = await testTopic(2);
    const options = { groupId: uniqueName('group'), topics: [topic], sessionTimeoutMs: PATIENT_MS };
    const proxy = await testProxy();
    const other = startMember({ ...options, instanceId: 'other' }, {}, proxy.connection);
    await expect.poll(() => other.owned.size).toBe(2);
    const first = startMember({ ...options, instanceId: 'one' });
    await settled(first, other);
    expect([first.owned.size, other.owned.size]).toEqual([1, 1]);
    const [joins, told] = [proxy.requests(API.joinGroup).length, other.assignments.length];
    const { generation, added } = first.assignments[0]!;
    await first.close();
    const again = startMember({ ...options, instanceId: 'one' });
    await expect.poll(() => again.assignments).toMatchObject([{ generation, added }]);
    await write(topic, recordsOf(1), added[0]!.partition);
    await expect.poll(() => again.values()).toHaveLength(1);
    expect([proxy.requests(API.joinGroup).length, other.assignments.length]).toEqual([joins, told]);
  });

  it('ends when another process takes its place', async () => {
    const topic = await testTopic();
    const options = { groupId: uniqueName('group'), topics: [topic], instanceId: 'one' };
    const first = startMember(options);
    await expect.poll(() => first.owned.size).toBe(1);
    const second = startMember(options);
    await expect(first.running).rejects.toMatchObject({ code: 'kafka.fenced' });
    await expect.poll(() => second.owned.size).toBe(1);
  });
});
