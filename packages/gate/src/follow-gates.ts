/**
 * The gates of all streams, followed while a service runs: what is written holds some hundred milliseconds later. While Kafka is
 * away the known states hold. Writing is write-gates.ts.
 */
import {
  type GateState,
  parseStreamGate,
  type StreamGate,
  streamGatesTopic,
  streamGatesTopicSettings,
  topicConfig,
} from '@millrace/contracts';
import { type Admin, createTailConsumer, type KafkaConnection } from '@millrace/kafka';
import { type Clock, type Logger, retry } from '@millrace/pipeline';

export interface FollowGatesOptions {
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Called after a gate has changed, with the contract's id; not while the gates are first read. */
  readonly changed?: (contract: string) => void;
}

export interface StreamGates {
  /** `open` for a stream that nobody has spoken of. */
  stateOf(contract: string): GateState;
  gateOf(contract: string): StreamGate | undefined;
  readonly all: ReadonlyMap<string, StreamGate>;
  /** Resolves when every gate is known; until then all that is not known is open. Rejects when the service stops first. */
  readonly known: Promise<void>;
}

const at = { topic: streamGatesTopic, partition: 0 } as const;
/** A gate that is written is an answer at once; until then one request waits. */
const fetchWaitMs = 5_000;
const policy = { initialMs: 200, multiplier: 2, maxMs: 10_000, jitter: 0.2 };

/** Begins to follow; makes the topic when there is none. */
export const followGates = (options: FollowGatesOptions): StreamGates => {
  const { clock, logger, signal } = options;
  const gates = new Map<string, StreamGate>();
  const known = Promise.withResolvers<void>();
  known.promise.catch(() => undefined);
  const goOn = async (): Promise<void> => {
    while (!signal.aborted) {
      const tail = await retry(
        () => follow(options, gates),
        policy,
        clock,
        signal,
        ({ error }) =>
          logger.warn(
            { code: error.code, topic: streamGatesTopic },
            'waiting for the gates of streams',
          ),
      )();
      known.resolve();
      const error = await tail.finished.then(
        () => undefined,
        (cause: unknown) => cause,
      );
      if (signal.aborted) return;
      logger.warn(
        { err: error, topic: streamGatesTopic },
        'gates cannot be followed: trying again',
      );
    }
  };
  goOn().then(
    // stopped, perhaps before the first look: who waits for the gates then waits for nothing
    () => known.reject(signal.reason),
    (error: unknown) => {
      known.reject(error);
      if (!signal.aborted)
        logger.error({ err: error }, 'gates of streams are not followed any more');
    },
  );
  return {
    stateOf: (contract) => gates.get(contract)?.state ?? 'open',
    gateOf: (contract) => gates.get(contract),
    all: gates,
    known: known.promise,
  };
};

const follow = async (
  { connection, admin, logger, signal, changed }: FollowGatesOptions,
  gates: Map<string, StreamGate>,
) => {
  const { name, partitions, replicationFactor } = streamGatesTopicSettings;
  await admin.createTopics([
    { name, partitions, replicationFactor, config: topicConfig(streamGatesTopicSettings) },
  ]);
  signal.throwIfAborted();
  let isFirst = true;
  let isRead = false;
  const tail = createTailConsumer(connection, {
    ...{ isolation: 'read_uncommitted', fetchWaitMs },
    batch: ({ records }) => {
      // A topic that was made anew says all anew; not before there is something in its place.
      if (isFirst) gates.clear();
      isFirst = false;
      for (const { key, value, offset } of records) {
        const contract = key?.toString() ?? '';
        const gate = value === null ? undefined : parseStreamGate(value.toString());
        if (value !== null && gate === undefined)
          logger.error({ contract, offset, topic: streamGatesTopic }, 'a gate cannot be read');
        else if (gate === undefined) gates.delete(contract);
        else gates.set(contract, gate);
        if (isRead) changed?.(contract);
      }
    },
  });
  const close = () => void tail.close();
  signal.addEventListener('abort', close, { once: true });
  tail.finished.finally(() => signal.removeEventListener('abort', close)).catch(() => undefined);
  try {
    await tail.add([{ ...at, fromOffset: 0 }]);
    await tail.caughtUp([at]);
    isRead = true;
    for (const contract of gates.keys()) changed?.(contract);
  } catch (error) {
    await tail.close();
    throw error;
  }
  return tail;
};
