/** Where OpenLineage events go: an HTTP address, a topic, both or none. What they say is run-event.ts. */
import { MillraceError } from '@millrace/contracts';
import { type Admin, createProducer, type KafkaConnection } from '@millrace/kafka';
import type { QualityConfig } from '../../config.ts';

export interface LineageTarget {
  readonly name: 'openlineage-http' | 'openlineage-topic';
  /** Resolves when all of them are there. Rejects with `operations.openlineage-refused`, or kafka.*. */
  take(events: readonly object[]): Promise<void>;
  close(): Promise<void>;
}

const timeoutMs = 10_000;

const toAddress = (url: string, token: string | undefined): LineageTarget => ({
  name: 'openlineage-http',
  take: async (events) => {
    for (const event of events) {
      const why = await post(url, token, event);
      if (why !== undefined)
        throw new MillraceError(
          'operations.openlineage-refused',
          `${new URL(url).origin}: ${why}`,
          {
            retryable: true,
          },
        );
    }
  },
  close: async () => undefined,
});

/** Why it was not taken; undefined when it was. What the address will never take is let go. */
const post = async (
  url: string,
  token: string | undefined,
  event: object,
): Promise<string | undefined> => {
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
    return response.ok || response.status === 422 ? undefined : `HTTP ${response.status}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

const toTopic = (topic: string, connection: KafkaConnection, admin: Admin): LineageTarget => {
  const producer = createProducer(connection, {});
  let isMade = false;
  return {
    name: 'openlineage-topic',
    take: async (events) => {
      if (!isMade)
        await admin.createTopics([
          { name: topic, partitions: 1, replicationFactor: -1, config: {} },
        ]);
      isMade = true;
      const records = events.map((event) => ({
        key: null,
        value: Buffer.from(JSON.stringify(event)),
        headers: { 'content-type': 'application/json' },
      }));
      await producer.send([{ topic, partition: 0, records }]);
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
