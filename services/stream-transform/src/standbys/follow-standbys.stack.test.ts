/** Copies of state on changelogs of a real broker: what they hold when the changelog is not what it was. */
import { join } from 'node:path';
import { createAdmin, createProducer, type OutgoingRecord } from '@millrace/kafka';
import { silentLogger, systemClock } from '@millrace/pipeline';
import type { KeyedStoreSpec } from '@millrace/streams';
import { stackUnderTest, uniqueName } from '@millrace/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { createStateMemory } from '../state/state-memory.ts';
import type { TaskState } from '../state/task-state.ts';
import { temporaryDirectory } from '../state/testing/temporary-directory.ts';
import { createDefaultCodec } from '../state/value-codec.ts';
import { openLocalState } from '../task/local-state.ts';
import { createMigratedValues } from '../task/migrate-values.ts';
import { followStandbys } from './follow-standbys.ts';

const spec: KeyedStoreSpec<number> = { kind: 'keyed', name: 'counts', shape: 'count:v1' };
const id = { stage: 0, partition: 0 };
const values = { transform: 'a transform', spec, generation: 0, migration: undefined };
const codec = createDefaultCodec();

const value = (key: string, count: number | null): OutgoingRecord => ({
  key: Buffer.from(key),
  value: count === null ? null : Buffer.from(codec.encode(count)),
});

const createChangelog = async () => {
  const kafka = {
    brokers: stackUnderTest().kafkaBrokers.split(','),
    clientId: 'millrace-test',
    logger: silentLogger,
  };
  const admin = createAdmin(kafka);
  const producer = createProducer(kafka);
  const topic = uniqueName('changelog');
  // Only so may records be deleted by hand.
  const config = { 'cleanup.policy': 'compact,delete' };
  const create = () =>
    admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1, config }]);
  await create();
  onTestFinished(async () => {
    await producer.close();
    await admin.deleteTopics([topic]);
    await admin.close();
  });
  return {
    ...{ kafka, admin, topic, create },
    write: (...records: OutgoingRecord[]) =>
      producer.send([{ topic, partition: id.partition, records }]),
    deleteBefore: (offset: number) =>
      admin.deleteRecords([{ topic, partition: id.partition, offset }]),
  };
};

type Changelog = Awaited<ReturnType<typeof createChangelog>>;

/** `opened`: done when a state has been opened and before it is followed. */
const standBy = (
  { kafka, admin, topic }: Changelog,
  directory: string,
  opened = async () => undefined as unknown,
) => {
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (_: object, text: string) => void warnings.push(text) };
  const standbys = followStandbys({
    ...{ kafka, clock: systemClock, logger, topicOf: () => topic, acceptableLag: 0 },
    async openState() {
      const state = await openLocalState({
        ...{ task: 'a task', partition: id.partition, specs: [spec], topicOf: () => topic },
        generationOf: () => 0,
        ...{ directory, memory: createStateMemory(1024 * 1024), checkpointIntervalMs: 60_000 },
        ...{ admin, clock: systemClock, logger },
      });
      await opened();
      return state;
    },
    valuesOf: () => new Map([[spec.name, createMigratedValues(values)]]),
    released: async () => undefined,
    warmedUp: () => undefined,
  });
  onTestFinished(() => standbys.close());
  standbys.keep({ standby: [id], warmup: [] }, () => false);
  return { ...standbys, warnings };
};

const entriesOf = ({ stores }: Pick<TaskState, 'stores'>) =>
  Object.fromEntries([...stores.keyed(spec).entries()].sort());

/** What the copy holds once it is up to date. */
const held = (standbys: ReturnType<typeof standBy>) => {
  const [copy] = standbys.readings();
  return copy?.lagRecords === 0 ? entriesOf(copy.state) : undefined;
};

test('a copy follows its changelog and is handed over as it is, to be followed by nobody', async () => {
  const changelog = await createChangelog();
  await changelog.write(value('a', 1), value('b', 1));
  const standbys = standBy(changelog, join(temporaryDirectory(), 'state'));
  await expect.poll(() => held(standbys)).toEqual({ a: 1, b: 1 });
  await changelog.write(value('a', null), value('b', 2));
  await expect.poll(() => held(standbys)).toEqual({ b: 2 });
  const state = await standbys.take(id);
  onTestFinished(() => state?.close());
  expect(state?.nextOffset('counts')).toBe(4);
  expect(standbys.readings()).toEqual([]);
  expect(await standbys.take(id)).toBeUndefined();
});

test('a copy whose changelog was deleted beyond it begins anew: it keeps nothing that is gone', async () => {
  const changelog = await createChangelog();
  const directory = join(temporaryDirectory(), 'state');
  await changelog.write(value('a', 1), value('b', 1));
  const before = standBy(changelog, directory);
  await expect.poll(() => held(before)).toEqual({ a: 1, b: 1 });
  await before.close();
  await changelog.write(value('a', null), value('c', 1));
  await changelog.deleteBefore(3);
  const after = standBy(changelog, directory);
  await expect.poll(() => held(after)).toEqual({ c: 1 });
  expect(after.warnings).toEqual([
    'the changelog was deleted beyond the checkpoint; state begins anew',
  ]);
  await after.close();

  // The same between the opening of its state and the first look at the changelog.
  await changelog.write(value('c', null), value('d', 1));
  let isFirst = true;
  const late = standBy(changelog, directory, async () => {
    if (isFirst) await changelog.deleteBefore(5);
    isFirst = false;
  });
  await expect.poll(() => held(late)).toEqual({ d: 1 });
  expect(late.warnings).toEqual(['a copy of state cannot be kept and begins anew']);
});

test('a copy whose changelog is deleted and made again has what the new one holds', async () => {
  const changelog = await createChangelog();
  const standbys = standBy(changelog, join(temporaryDirectory(), 'state'));
  await changelog.write(value('a', 1));
  await expect.poll(() => held(standbys)).toEqual({ a: 1 });
  await changelog.admin.deleteTopics([changelog.topic]);
  await changelog.create();
  await changelog.write(value('b', 1));
  await expect.poll(() => held(standbys)).toEqual({ b: 1 });
  expect(standbys.warnings).toContain('a copy of state cannot be kept and begins anew');
});

test('a value that the task has to migrate is left to it: the copy is handed over as it was before that', async () => {
  const changelog = await createChangelog();
  await changelog.write(value('a', 1));
  const standbys = standBy(changelog, join(temporaryDirectory(), 'state'));
  await expect.poll(() => held(standbys)).toEqual({ a: 1 });
  const headers = { 'millrace-generation': Buffer.from('1') };
  await changelog.write({ ...value('b', 1), headers }, value('c', 1));
  await expect.poll(() => held(standbys)).toEqual({ a: 1, c: 1 });
  const state = await standbys.take(id);
  onTestFinished(() => state?.close());
  expect(state?.nextOffset('counts')).toBe(1);
});
