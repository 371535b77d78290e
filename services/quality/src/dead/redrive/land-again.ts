/**
 * Letters of the sink: their records are landed from their own topic and offset by a sink of their own, and by no other reader. The table is
 * asked first what it lacks, so a repeat lands nothing twice (docs/decisions/0019). A letter whose record Kafka has let go of, or that
 * another record has taken the place of, is not sent.
 */
import { randomUUID } from 'node:crypto';
import {
  deadLetterHeaders,
  deadRefusedAgainTopic,
  hasWarehouse,
  MillraceError,
  redriveHeaders,
  restingText,
  type WarehouseContract,
} from '@millrace/contracts';
import { runBoundedSink, type SinkPlaces, type SinkRange } from '@millrace/dead-letters';
import { type ConsumedRecord, readPartition } from '@millrace/kafka';
import { readTopicLog } from '@millrace/reconcile';
import type { PartContext } from '../../part.ts';
import { parseLetterId, readLetter, readRecordAt } from '../letter-content.ts';
import type { IndexedLetter } from '../read-letters.ts';
import { type LetterFate, type LetterFates, notSent } from './letter-fate.ts';

type LandContext = Pick<PartContext, 'admin' | 'clickhouse' | 'connection' | 'project'>;

interface Landable {
  readonly letter: IndexedLetter;
  readonly contract: WarehouseContract;
  readonly partition: number;
  readonly offset: number;
}

const isSame = (one: ConsumedRecord, other: ConsumedRecord): boolean =>
  String(one.key?.toString('base64')) === String(other.key?.toString('base64')) &&
  String(one.value?.toString('base64')) === String(other.value?.toString('base64'));

/** The letter with all that is needed to land it, or why that cannot be. */
const judge = async (
  context: LandContext,
  letter: IndexedLetter,
): Promise<Landable | LetterFate> => {
  const { connection, project } = context;
  const { topic, partition, offset, id } = letter;
  const contract = project.contracts.filter(hasWarehouse).find((one) => one.topic.name === topic);
  if (contract === undefined) return notSent('no contract with a table has its topic');
  if (partition === null || offset === null) return notSent('its place is not known');
  const [kept, origin] = await Promise.all([
    readLetter(connection, parseLetterId(id)!),
    readRecordAt(connection, topic, partition, offset),
  ]);
  if (kept === undefined) return notSent('Kafka holds the letter no more');
  if (origin === undefined) return notSent('Kafka holds its record no more');
  if (!isSame(kept, origin))
    return notSent('another record stands in its place: the topic was made anew');
  return { letter, contract, partition, offset };
};

const rangesOf = (landable: readonly Landable[]) => {
  const byPartition = Map.groupBy(
    landable,
    ({ contract, partition }) => `${contract.topic.name}/${partition}`,
  );
  const ranges: (SinkRange & { readonly contract: WarehouseContract })[] = [];
  const only: SinkPlaces[] = [];
  for (const some of byPartition.values()) {
    const { contract, partition } = some[0]!;
    const offsets = some.map(({ offset }) => offset).sort((a, b) => a - b);
    const topic = contract.topic.name;
    ranges.push({ contract, topic, partition, from: offsets[0]!, end: offsets.at(-1)! + 1 });
    only.push({ topic, partition, offsets });
  }
  return { ranges, only };
};

/** Where the group begins, in the sink's own words; what no letter is of stands at its end. */
const placeGroup = async (
  { admin, clickhouse }: LandContext,
  group: string,
  epoch: string,
  ranges: ReturnType<typeof rangesOf>['ranges'],
): Promise<void> => {
  const cluster = await admin.clusterId();
  for (const [topic, ofTopic] of Map.groupBy(ranges, (range) => range.topic)) {
    if ((await admin.committedOffsets(group, [topic])).length > 0) continue;
    const { warehouse } = ofTopic[0]!.contract;
    const isFact = warehouse.role === 'fact';
    const log = isFact
      ? await readTopicLog(admin, clickhouse, topic, warehouse.table)
      : { topicId: await admin.topicId(topic), incarnations: [] };
    const unnamedRows = log.incarnations.includes(0);
    const offsets = (await admin.partitionOffsets(topic)).map(({ partition, high }) => {
      const range = ofTopic.find((one) => one.partition === partition);
      const compareBelow = isFact ? { compareBelow: range?.end ?? high } : {};
      const position = { cluster, topicId: log.topicId, epoch };
      const metadata = restingText(position, { ...compareBelow, unnamedRows });
      return { topic, partition, offset: range?.from ?? high, metadata };
    });
    await admin.commitOffsets(group, offsets);
  }
};

/** What the sink refused again, by topic, partition and offset. */
const refusedAgain = async (
  { admin, connection }: LandContext,
  epoch: string,
): Promise<ReadonlyMap<string, LetterFate>> => {
  const found = new Map<string, LetterFate>();
  const [state] = await admin.describeTopics([deadRefusedAgainTopic]);
  for (let partition = 0; partition < (state?.partitions ?? 0); partition += 1) {
    const from = { topic: deadRefusedAgainTopic, partition, fromOffset: 0 };
    // another redrive's sink that was killed would hide what this one's has refused, and it would pass for sent
    const committed = { ...from, isolation: 'read_committed', awaitOpen: {} } as const;
    for await (const { headers } of readPartition(connection, committed)) {
      if (String(headers[redriveHeaders.id]) !== epoch) continue;
      const place = [
        deadLetterHeaders.topic,
        deadLetterHeaders.partition,
        deadLetterHeaders.offset,
      ];
      found.set(place.map((name) => String(headers[name])).join('/'), {
        kind: 'refused-again',
        code: String(headers[deadLetterHeaders.exceptionClass]),
        message: String(headers[deadLetterHeaders.exceptionMessage]).slice(0, 2_000),
      });
    }
  }
  return found;
};

/** So that one of its own never takes another's place. */
export const newRedriveId = (nowMs: number): string =>
  `${new Date(nowMs).toISOString().replaceAll(/[-:]/g, '').replace('T', '_').slice(0, 15)}_${randomUUID().slice(0, 8)}`;

/**
 * The same batch said again lands nothing twice. Rejects with `replay.sink-failed` and `dead.redrive-failed`.
 * @param epoch of the redrive and its batch
 */
export const landAgain = async (
  context: LandContext,
  letters: readonly IndexedLetter[],
  epoch: string,
  signal: AbortSignal,
): Promise<LetterFates> => {
  const { admin } = context;
  const fates = new Map<string, LetterFate>();
  const landable: Landable[] = [];
  for (const letter of letters) {
    const judged = await judge(context, letter);
    if ('kind' in judged) fates.set(letter.id, judged);
    else landable.push(judged);
  }
  if (landable.length === 0) return fates;
  const { ranges, only } = rangesOf(landable);
  const group = `millrace.redrive.${epoch}`;
  await placeGroup(context, group, epoch, ranges);
  await runBoundedSink({ epoch, group, ranges, only }, admin, () => undefined, signal);
  const topics = [...new Set(ranges.map(({ topic }) => topic))];
  const reached = await admin.committedOffsets(group, topics);
  const isShort = ranges.some(
    ({ topic, partition, end }) =>
      !reached.some(
        (one) => one.topic === topic && one.partition === partition && one.offset >= end,
      ),
  );
  if (isShort)
    throw new MillraceError('dead.redrive-failed', `the sink of ${epoch} ended before its end`, {
      retryable: true,
    });
  const refused = await refusedAgain(context, epoch);
  for (const { letter, partition, offset } of landable) {
    fates.set(letter.id, refused.get(`${letter.topic}/${partition}/${offset}`) ?? { kind: 'sent' });
  }
  // one that still has a member is left to the broker, which forgets it
  await admin.deleteGroup(group).catch(() => undefined);
  return fates;
};
