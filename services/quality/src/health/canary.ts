/**
 * The canary: an event of the platform's own on the way that all events go, door (or Kafka), sink, ClickHouse. It tells of a way that is shut also
 * when nobody sends. Only in a project that holds the contract `millrace.canary` (`millrace quality canary init`).
 */
import { randomUUID } from 'node:crypto';
import {
  canaryId,
  hasWarehouse,
  MillraceError,
  quoteName,
  type WarehouseContract,
} from '@millrace/contracts';
import type { HealthReport } from '@millrace/operations';
import type { PartContext } from '../part.ts';
import type { Watch } from '../watch.ts';
import { addCounts, bucketOf, type LatencyCounts, quantileMs } from './latency-sketch.ts';

export interface Canary {
  readonly watch: Watch;
  readonly report: NonNullable<HealthReport['canary']>;
}

/** Canaries of which the quantiles are. */
const tripsKept = 360;
const sendTimeoutMs = 15_000;
const conditionKey = 'canary';

export const createCanary = (context: PartContext): Canary | undefined => {
  const contract = context.project.contracts.filter(hasWarehouse).find(({ id }) => id === canaryId);
  if (contract === undefined) return undefined;
  const { board, clock, config, metrics } = context;
  const sender = randomUUID();
  const waiting = new Map<string, number>();
  const lost = new Map<string, number>();
  const trips: number[] = [];
  const totals = { sent: 0, arrived: 0, lost: 0 };
  let lastMs: number | null = null;

  const arrive = async (): Promise<void> => {
    const oldest = Math.min(...waiting.values(), ...lost.values());
    if (oldest === Number.POSITIVE_INFINITY) return;
    for (const { id, atMs } of await readArrived(context, contract, sender, oldest)) {
      const sentMs = waiting.get(id) ?? lost.get(id);
      if (sentMs === undefined) continue;
      if (lost.delete(id)) totals.lost -= 1;
      waiting.delete(id);
      totals.arrived += 1;
      lastMs = Math.max(0, atMs - sentMs);
      metrics.canaryRoundTrip.observe(lastMs / 1000);
      trips.push(lastMs);
      if (trips.length > tripsKept) trips.shift();
    }
  };
  const giveUp = (nowMs: number): void => {
    for (const [id, sentMs] of waiting) {
      if (nowMs - sentMs < config.canaryLostAfterMs) continue;
      waiting.delete(id);
      lost.set(id, sentMs);
      totals.lost += 1;
      metrics.canaryLost.inc();
    }
    // what is older than the topic's memory of it will not come
    for (const [id, sentMs] of lost) if (nowMs - sentMs > 86_400_000) lost.delete(id);
  };
  const judge = (nowMs: number, refusal: MillraceError | undefined): void => {
    const since = Math.min(...lost.values());
    if (refusal === undefined && lost.size === 0) {
      board.clear(conditionKey);
      return;
    }
    board.raise({
      ...{ key: conditionKey, name: 'CanaryLost', severity: 'critical' },
      ...{ subject: canaryId, contract: canaryId },
      summary:
        refusal === undefined
          ? `${lost.size} canaries did not arrive, the oldest sent ${Math.round((nowMs - since) / 1000)} s ago`
          : `a canary could not be sent: ${refusal.message}`,
    });
  };

  const watch: Watch = {
    name: 'canary',
    everyMs: config.canaryEveryMs,
    round: async (signal) => {
      const sentMs = clock.nowMs();
      const id = randomUUID();
      let refusal: MillraceError | undefined;
      try {
        await send(context, contract, { canary_id: id, sent_at: sentMs, sender }, signal);
        waiting.set(id, sentMs);
        totals.sent += 1;
        metrics.canarySent.inc();
      } catch (error) {
        if (!(error instanceof MillraceError)) throw error;
        refusal = error;
      }
      try {
        await arrive();
      } finally {
        giveUp(clock.nowMs());
        judge(clock.nowMs(), refusal);
      }
      if (refusal !== undefined) throw refusal;
    },
  };

  return {
    watch,
    get report() {
      const counts: LatencyCounts = new Map();
      addCounts(
        counts,
        trips.map((ms) => [bucketOf(ms), 1] as const),
      );
      const isBad = board.open.some(({ key }) => key === conditionKey);
      const condition = isBad ? 'bad' : trips.length === 0 ? 'unknown' : 'ok';
      const quantiles = { p50Ms: quantileMs(counts, 0.5), p99Ms: quantileMs(counts, 0.99) };
      return { condition, lastMs, ...quantiles, ...totals } as const;
    },
  };
};

interface CanaryEvent {
  readonly canary_id: string;
  readonly sent_at: number;
  readonly sender: string;
}

/** Through the door where there is one, as any producer would. */
const send = async (
  { config, outputs }: PartContext,
  contract: WarehouseContract,
  event: CanaryEvent,
  signal: AbortSignal,
): Promise<void> => {
  const { ingestUrl, ingestToken } = config;
  if (ingestUrl === undefined)
    return outputs.publish(contract, [{ key: event.canary_id, value: { ...event } }]);
  const path = `/v1/events/${contract.domain}/${contract.name}`;
  const response = await fetch(`${ingestUrl.replace(/\/+$/, '')}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(ingestToken !== undefined && { authorization: `Bearer ${ingestToken}` }),
    },
    body: JSON.stringify({ ...event, sent_at: new Date(event.sent_at).toISOString() }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(sendTimeoutMs)]),
  }).catch((cause: unknown) => {
    throw new MillraceError(
      'operations.canary-refused',
      `the door does not answer: ${String(cause)}`,
      {
        ...{ cause, retryable: true },
      },
    );
  });
  const answer = await response.text();
  if (response.status !== 202)
    throw new MillraceError(
      'operations.canary-refused',
      `the door answered ${response.status}: ${answer.slice(0, 200)}`,
      { retryable: true },
    );
};

const readArrived = async (
  { clickhouse }: PartContext,
  { warehouse }: WarehouseContract,
  sender: string,
  sinceMs: number,
) => {
  const rows = await clickhouse.query<{ id: string; at: string }>(
    `SELECT canary_id AS id, toUnixTimestamp64Milli(min(_ingested_at)) AS at FROM ${quoteName(warehouse.table)}
     WHERE sent_at >= fromUnixTimestamp64Milli({since: Int64}) AND sender = {sender: String} GROUP BY id`,
    { since: sinceMs, sender },
  );
  return rows.map(({ id, at }) => ({ id, atMs: Number(at) }));
};
