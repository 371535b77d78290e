/**
 * Letters of one transform once more, and then the end: find what each is of → see that it may → operators → one transaction with
 * results and outcomes. The service in this mode is no member of a group and commits no offsets; a redrive starts it (packages/dead-letters).
 * Why it sends nothing twice: docs/decisions/0027.
 */
import { createRegistryClient } from '@millrace/avro';
import {
  type Contract,
  deadTransformedAgainTopic,
  deadTransformedAgainTopicSettings,
  MillraceError,
  topicConfig,
} from '@millrace/contracts';
import {
  type LetterOutcome,
  letterKey,
  outcomeRecord,
  readLetterOutcomes,
} from '@millrace/dead-letters';
import {
  type Admin,
  createAdmin,
  createBatchMemory,
  createPartitionReader,
  createTransactionalProducer,
  type KafkaConnection,
} from '@millrace/kafka';
import { retry } from '@millrace/pipeline';
import { loadProject, type RunningService, type Runtime } from '@millrace/runtime';
import { type GraphView, graphView, whyNotAgain } from '@millrace/streams';
import type { TransformConfig } from '../config.ts';
import { followGlobalTables } from '../global-tables/follow-global-tables.ts';
import { kafkaOf } from '../kafka-connection.ts';
import { deadLetterTopic } from '../outputs.ts';
import { registerOutputs } from '../plan/register-outputs.ts';
import {
  globalTablesOf,
  outerTopics,
  planTransform,
  type TransformPlan,
  writtenBy,
} from '../plan/transform-plan.ts';
import { loadTransforms } from '../steps/load-transforms.ts';
import { createOutbox } from '../task/outbox.ts';
import { createStageParts, type StageParts } from '../task/stage-parts.ts';
import { type AgainStage, createAgainStage } from './again-stage.ts';
import { findOrigin, type Origin } from './find-origin.ts';
import { parsePlaces } from './parse-places.ts';

const DELIVERY_TIMEOUT_MAX_MS = 30_000;
const MEMORY_BYTES = 16 * 1024 * 1024;
/** A broker that is away or slow for this long ends the process; the redrive goes on with it later. */
const RETRY = { initialMs: 200, multiplier: 2, maxMs: 5_000, deadlineMs: 60_000, jitter: 0.5 };

interface Again {
  readonly config: TransformConfig;
  readonly runtime: Runtime;
  readonly kafka: KafkaConnection;
  readonly admin: Admin;
  readonly contracts: readonly Contract[];
  readonly plan: TransformPlan;
  readonly view: GraphView;
  readonly parts: StageParts;
  readonly globalTable: Awaited<ReturnType<typeof followGlobalTables>>['of'];
}

/** Rejects as loading a project and planning its transforms do, and with `config.invalid`. */
export const takeAgain = async (
  config: TransformConfig,
  runtime: Runtime,
): Promise<RunningService> => {
  const { clock, logger, signal } = runtime;
  const places = parsePlaces(config.again);
  const { contracts, directory } = await loadProject(config.project);
  const [transform, ...others] = await loadTransforms(directory, config.transforms);
  if (transform === undefined || others.length > 0)
    throw new MillraceError('config.invalid', 'letters go again through one transform: name it');
  const kafka = kafkaOf(config, logger);
  const admin = createAdmin(kafka);
  const registry = createRegistryClient({ url: config.registryUrl });
  const topics = await admin.describeTopics(outerTopics(transform, contracts));
  const counts = new Map(topics.map(({ name, partitions }) => [name, partitions]));
  const plan = planTransform(transform, contracts, counts);
  const settings = deadTransformedAgainTopicSettings;
  await admin.createTopics([{ ...settings, config: topicConfig(settings) }]);
  const schemaIds = await registerOutputs(registry, plan, runtime);
  const { schemaWaitMs } = config;
  const globalTables = await followGlobalTables(globalTablesOf([transform], contracts), {
    ...{ kafka, admin, registry, clock, logger, schemaWaitMs },
  });
  const shape = { partials: new Map() };
  const again: Again = {
    ...{ config, runtime, kafka, admin, contracts, plan, globalTable: globalTables.of },
    view: graphView(transform, contracts),
    parts: createStageParts({ plan, shape, schemaIds, registry, schemaWaitMs, clock, logger }),
  };
  const attempt = retry(
    () => attemptAll(again, places),
    RETRY,
    clock,
    signal,
    ({ error }) => {
      logger.warn(
        { code: error.code, reason: error.message },
        'letters are taken again from the begin',
      );
    },
  );
  const working = attempt();
  const finished = Promise.race([working, globalTables.finished]);
  finished.catch(() => undefined);
  return {
    finished,
    details: { transform: transform.name, letters: places.length },
    ready: () => true,
    async stop() {
      await working.catch(() => undefined);
      await globalTables.close();
      await admin.close();
    },
  };
};

/** All letters that were not sent before; what is committed before it fails, or is stopped, stays so. */
const attemptAll = async (again: Again, places: ReturnType<typeof parsePlaces>): Promise<void> => {
  const { config, runtime, kafka, admin, plan } = again;
  const memory = createBatchMemory(MEMORY_BYTES);
  const outbox = createOutbox(memory);
  const reader = createPartitionReader(kafka);
  const { transactionTimeoutMs, compression } = config;
  const open = () =>
    createTransactionalProducer(kafka, {
      transactionalId: `millrace.redrive.transform.${plan.transform.name}`,
      ...{ transactionTimeoutMs, compression },
      reach: {
        topics: [
          ...new Set([
            ...plan.stages.flatMap((_, stage) => writtenBy(plan, stage)),
            deadTransformedAgainTopic,
          ]),
        ],
      },
      // beyond its time-out the broker has aborted it: what is committed is read then
      deliveryTimeoutMs: Math.min(DELIVERY_TIMEOUT_MAX_MS, transactionTimeoutMs),
    });
  const producer = open();
  const commit = async (): Promise<void> => {
    const written = outbox.take();
    if (written.length === 0) return;
    await producer.transaction((transaction) => transaction.send(written));
    outbox.release(written);
  };
  try {
    // from here on what others of this transform have sent cannot change any more
    await producer.fence();
    const known = await readLetterOutcomes(kafka, runtime.signal);
    const topicId = await admin.topicId(deadLetterTopic);
    const take = createTaking(again, outbox);
    for (const place of places) {
      if (runtime.signal.aborted) break;
      const key = letterKey(topicId, place.partition, place.offset);
      if (known.get(key)?.outcome === 'sent') continue;
      const origin = await findOrigin(reader, plan.transform.name, place);
      const outcome = 'why' in origin ? notSent(origin.why) : await take(origin);
      const record = outcomeRecord(key, { redrive: config.redrive, ...outcome });
      outbox.add(deadTransformedAgainTopic, 0, record);
      if (outbox.bytes >= config.commitBytesMax) await commit();
    }
    await commit();
    await producer.settle();
  } finally {
    reader.close();
    await producer.close();
  }
  // a commit is answered before its markers stand on every topic: an identity is given when they do, so who looks for outcomes next finds them
  const next = open();
  await next.fence().finally(() => next.close());
};

type Outcome = Omit<LetterOutcome, 'redrive'>;

const notSent = (message: string): Outcome => ({ outcome: 'not-sent', code: '', message });

const createTaking = (
  { contracts, globalTable, parts, plan, runtime, view }: Again,
  outbox: ReturnType<typeof createOutbox>,
) => {
  const stages = new Map<string, AgainStage>();
  const stageOf = ({ topic, partition }: Origin): AgainStage => {
    const key = `${topic}/${partition}`;
    const known = stages.get(key);
    if (known !== undefined) return known;
    const nowMs = runtime.clock.nowMs;
    const stage = plan.stages.find(({ inputs }) => inputs.some((input) => input.topic === topic))!;
    const opened = createAgainStage({
      ...{ plan: stage, partition, parts, outbox, globalTable, nowMs },
    });
    stages.set(key, opened);
    return opened;
  };
  return async (origin: Origin): Promise<Outcome> => {
    const why = whyNotAgain(view, contracts, origin.topic);
    if (why !== undefined) return notSent(why);
    const refusal = await stageOf(origin).take(origin, runtime.signal);
    return refusal === undefined
      ? { outcome: 'sent', code: '', message: '' }
      : { outcome: 'refused-again', ...refusal };
  };
};
