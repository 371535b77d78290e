/** Where OpenLineage events go: an HTTP address, a topic, both or none. What they say is run-event.ts. */
import { MillraceError } from '@millrace/contracts';
import { type Admin, createProducer, type KafkaConnection } from '@millrace/kafka';
import type { QualityConfig } from '../../config.ts';

export interface LineageTarget {
  readonly name: 'openlineage-http' | 'openlineage-topic';
  /** Resolves when all of them are there. Rejects with `operations.openlineage-refused`, or kafka.*. */
  take(events: readonly object[]): Promise<void>;
  /** An event that it may not know: false when it says so. Rejects as `take`. */
  offer(event: object): Promise<boolean>;
  close(): Promise<void>;
}

const timeoutMs = 10_000;

/** Of what this address does not know: it is there, and the event is not what it takes. */
const isUnknown = (status: number): boolean => [400, 404, 405, 415, 422, 501].includes(status);

const toAddress = (url: string, token: string | undefined): LineageTarget => {
  const refused = (why: string) =>
    new MillraceError('operations.openlineage-refused', `${new URL(url).origin}: ${why}`, {
      retryable: true,
    });
  return {
    name: 'openlineage-http',
    take: async (events) => {
      for (const event of events) {
        const answer = await post(url, token, event);
        // what the address will never take is let go
        if (answer !== true && answer !== 422) throw refused(textOf(answer));
      }
    },
    offer: async (event) => {
      const answer = await post(url, token, event);
      if (answer === true) return true;
      if (typeof answer === 'number' && isUnknown(answer)) return false;
      throw refused(textOf(answer));
    },
    close: async () => undefined,
  };
};

const textOf = (answer: number | string): string =>
  typeof answer === 'number' ? `HTTP ${answer}` : answer;

/** True when it was taken, else the status, or why there was no answer. */
const post = async (
  url: string,
  token: string | undefined,
  event: object,
): Promise<true | number | string> => {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(event),
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    return response.ok ? true : response.status;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

const toTopic = (topic: string, connection: KafkaConnection, admin: Admin): LineageTarget => {
  const producer = createProducer(connection, {});
  let isMade = false;
  const take = async (events: readonly object[]): Promise<void> => {
    if (!isMade)
      await admin.createTopics([{ name: topic, partitions: 1, replicationFactor: -1, config: {} }]);
    isMade = true;
    const records = events.map((event) => ({
      key: null,
      value: Buffer.from(JSON.stringify(event)),
      headers: { 'content-type': 'application/json' },
    }));
    await producer.send([{ topic, partition: 0, records }]);
  };
  return {
    name: 'openlineage-topic',
    take,
    offer: async (event) => {
      await take([event]);
      return true;
    },
    close: () => producer.close(),
  };
};

/** Those that the settings name. */
export const openLineageTargets = (
  config: Pick<QualityConfig, 'openLineageUrl' | 'openLineageToken' | 'openLineageTopic'>,
  connection: KafkaConnection,
  admin: Admin,
): readonly LineageTarget[] => [
  ...(config.openLineageUrl === undefined
    ? []
    : [toAddress(config.openLineageUrl, config.openLineageToken)]),
  ...(config.openLineageTopic === undefined
    ? []
    : [toTopic(config.openLineageTopic, connection, admin)]),
];
