/** A batch of letters, each to where its service wants it, once however often it is said. */
import { deadRedrivesTopic, type MillraceError } from '@millrace/contracts';
import { createTransactionalProducer } from '@millrace/kafka';
import type { PartContext } from '../../part.ts';
import type { IndexedLetter } from '../read-letters.ts';
import { signalsFor } from './capture-again.ts';
import { type DoorFates, doorAgain } from './door-again.ts';
import { landAgain } from './land-again.ts';
import { type LetterFate, type LetterFates, notSent } from './letter-fate.ts';
import type { JobStore, RedriveJob } from './redrive-job.ts';
import { transformAgain } from './transform-again.ts';

const TRANSACTION_TIMEOUT_MS = 30_000;

const NO_SIGNALS = 'MILLRACE_CDC_SIGNAL_TOPIC is not set, for cdc and quality';

/** The signals and that they are sent, in one transaction: a repeat finds the job told so and sends none. */
const signal = async (
  context: PartContext,
  store: JobStore,
  job: RedriveJob,
  letters: readonly IndexedLetter[],
): Promise<LetterFates> => {
  const { admin, config, connection } = context;
  const topic = config.cdcSignalTopic;
  if (topic === undefined) return new Map(letters.map(({ id }) => [id, notSent(NO_SIGNALS)]));
  const { fates, records } = await signalsFor(context, letters, `${job.id}-${job.batch}`);
  if (job.signalled === job.batch || records.length === 0) return fates;
  await admin.createTopics([{ name: topic, partitions: 1, replicationFactor: -1, config: {} }]);
  const producer = createTransactionalProducer(connection, {
    transactionalId: `millrace.redrive.${job.id}`,
    transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
    reach: { topics: [topic, deadRedrivesTopic] },
  });
  try {
    await producer.transaction(async (transaction) => {
      await transaction.send([
        { topic, partition: 0, records },
        store.batchOf({ ...job, signalled: job.batch }),
      ]);
    });
    await producer.settle();
  } finally {
    await producer.close();
  }
  return fates;
};

export interface BatchSignals {
  /** The service ends: the batch is left to the next one. */
  readonly service: AbortSignal;
  /** That, or the redrive is to stop. */
  readonly any: AbortSignal;
}

export const sendBatch = async (
  context: PartContext,
  store: JobStore,
  job: RedriveJob,
  letters: readonly IndexedLetter[],
  signals: BatchSignals,
): Promise<DoorFates> => {
  const of = (service: string) => letters.filter((letter) => letter.service === service);
  const fates = new Map<string, LetterFate>();
  const take = (some: LetterFates): void => {
    for (const [id, fate] of some) fates.set(id, fate);
  };
  const captured = of('cdc');
  if (captured.length > 0) take(await signal(context, store, job, captured));
  const refused = of('ingest');
  let stopped: MillraceError | undefined;
  if (refused.length > 0) {
    const told = await doorAgain(context, refused, job.by, job.request.perSecond);
    take(told.fates);
    stopped = told.stopped;
  }
  const epoch = `${job.id}-${job.batch}`;
  // not by the stop of the redrive: it ends after the batch, and what is sent by then is told as sent
  const transformed = of('stream-transform');
  if (transformed.length > 0)
    take(await transformAgain(context, transformed, epoch, signals.service));
  const landing = of('sink');
  if (landing.length > 0) take(await landAgain(context, landing, epoch, signals.any));
  return { fates, ...(stopped && { stopped }) };
};
