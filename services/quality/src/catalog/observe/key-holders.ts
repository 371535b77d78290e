/** Who holds a key of the HTTP door, and for which streams: the compacted topic of keys, read whole. Whether they send is not seen here. */
import { keyRecordKey, keyStateAt, parseIngestKey, scopesCover } from '@millrace/contracts';
import { type KafkaConnection, readPartition } from '@millrace/kafka';

const AWAY_MS_MAX = 5000;

export interface KeyHolders {
  /** Names of the keys that hold now and cover the stream. */
  of(contract: string): readonly string[];
}

/**
 * @param topic of keys, one partition
 * Rejects with `kafka.…`, `kafka.unknown-topic` where nobody was ever given a key.
 */
export const readKeyHolders = async (
  connection: KafkaConnection,
  topic: string,
  nowMs: number,
): Promise<KeyHolders> => {
  const prefix = keyRecordKey('');
  const texts = new Map<string, string>();
  for await (const { key, value } of readPartition(connection, {
    ...{ topic, partition: 0, fromOffset: 0, isolation: 'read_committed' },
    unavailableMaxMs: AWAY_MS_MAX,
  })) {
    const name = key?.toString() ?? '';
    if (!name.startsWith(prefix)) continue;
    if (value === null) texts.delete(name);
    else texts.set(name, value.toString());
  }
  const keys = [...texts.values()]
    .map(parseIngestKey)
    .filter((key) => key !== undefined && keyStateAt(key, nowMs) === 'active');
  return {
    of: (contract) => [
      ...new Set(
        keys.flatMap((key) =>
          key !== undefined && scopesCover(key.scopes, contract) ? [key.name] : [],
        ),
      ),
    ],
  };
};
