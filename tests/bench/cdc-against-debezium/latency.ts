/**
 * Commit to consumer: single-row transactions at a steady rate from four sessions, synchronous_commit on;
 * the clock runs from the acknowledgement of the COMMIT to the record in the hands of a read_committed
 * consumer in this process.
 */
import { createGroupConsumer } from '@millrace/kafka';
import { silentLogger, systemClock } from '@millrace/pipeline';
import { type PostgresDatabase, uniqueName } from '@millrace/testkit';
import type { Contestant, Endpoints } from './contestant.ts';

const SESSIONS = 4;
const WARM_UP_SECONDS = 15;
const FIRST_ID = 20_000_000_000;
const PATIENCE_MS = 15_000;
const WIRE_HEADER_BYTES = 5;

export interface LatencyFigures {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** Sent and never seen within the patience. */
  readonly missing: number;
}

/** The long that a key of one bigint column is: zigzag varint behind the wire header. */
const idOfKey = (key: Buffer): number => {
  let value = 0n;
  let shift = 0n;
  for (let at = WIRE_HEADER_BYTES; ; at++) {
    const byte = key[at] as number;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) break;
    shift += 7n;
  }
  return Number((value >> 1n) ^ -(value & 1n));
};

const insert = `insert into orders values ($1, 42, 'new', 12.34, 1,
  'order note 0123456789abcdef0123456789abcdef', clock_timestamp(), clock_timestamp())`;

export const measureLatency = async (
  contestant: Contestant,
  database: PostgresDatabase,
  endpoints: Endpoints,
  load: { readonly perSecond: number; readonly seconds: number },
): Promise<LatencyFigures> => {
  const running = await contestant.start('follow', database, endpoints);
  const total = load.perSecond * (WARM_UP_SECONDS + load.seconds);
  const acknowledged = new Float64Array(total);
  const seen = new Float64Array(total);
  let probed = false;
  const consumer = createGroupConsumer(
    { brokers: endpoints.kafkaBrokers.split(','), clientId: 'bench', logger: silentLogger },
    { groupId: uniqueName('bench'), topics: [running.topic], fetchWaitMs: 500 },
  );
  const probes = await database.connect();
  const probe = async (): Promise<void> => {
    for (let id = FIRST_ID + total; !probed; id++) {
      await probes.query(insert, [id]);
      await systemClock.sleep(200);
    }
  };
  // the topic must stand before the group joins
  await probes.query(insert, [FIRST_ID - 1]);
  while ((await running.recordCount()) === 0) await systemClock.sleep(100);
  const consuming = consumer.run({
    assigned: async () => undefined,
    revoked: () => undefined,
    batch: (batch) => {
      const now = performance.now();
      for (const { key } of batch.records) {
        if (key === null) continue;
        const index = idOfKey(key) - FIRST_ID;
        if (index >= total) probed = true;
        else if (index >= 0 && seen[index] === 0) seen[index] = now;
      }
    },
  });
  try {
    await probe();
    const startMs = performance.now() + 100;
    let next = 0;
    const send = async (): Promise<void> => {
      const session = await database.connect();
      while (next < total) {
        const index = next++;
        const wait = startMs + (index * 1000) / load.perSecond - performance.now();
        if (wait > 1) await systemClock.sleep(wait);
        await session.query({ name: 'insert', text: insert, values: [FIRST_ID + index] });
        acknowledged[index] = performance.now();
      }
    };
    await Promise.all(Array.from({ length: SESSIONS }, send));
    const deadline = performance.now() + PATIENCE_MS;
    while (seen.includes(0) && performance.now() < deadline) await systemClock.sleep(50);
    const measured = seen.subarray(load.perSecond * WARM_UP_SECONDS);
    const since = acknowledged.subarray(load.perSecond * WARM_UP_SECONDS);
    const waits = measured.filter((at) => at > 0).length;
    const sorted = Float64Array.from(
      [...measured].flatMap((at, i) => (at > 0 ? [at - (since[i] as number)] : [])),
    ).sort();
    const at = (share: number): number =>
      sorted[Math.min(Math.floor(waits * share), waits - 1)] ?? Number.NaN;
    return {
      ...{ p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
      missing: measured.length - waits,
    };
  } finally {
    await consumer.close();
    await consuming;
    await running.finish();
    await database.query('delete from orders where id >= $1', [FIRST_ID - 1]);
  }
};
