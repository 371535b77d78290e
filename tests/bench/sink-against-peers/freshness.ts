/**
 * How old a row is when it can be selected: events at a steady rate over all partitions, each timed from just
 * before its send to the answer of the first SELECT that shows it. The looking costs ClickHouse time, too; it
 * is the same for every contestant.
 */
import { systemClock } from '@millrace/pipeline';
import { createClickHouseDatabase } from '@millrace/testkit';
import { processUsage } from '../process-usage.ts';
import type { Contestant } from './contestant.ts';
import type { World } from './world.ts';

const LOOK_INTERVAL_MS = 10;
const SEND_INTERVAL_MS = 10;
const WARM_UP_SECONDS = 3;
const PATIENCE_MS = 30_000;

export interface FreshnessFigures {
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly sinkCpuSeconds: number;
  readonly unseen: number;
}

/** The world's topic must be empty: events are numbered from 0. */
export const measureFreshness = async (
  contestant: Contestant,
  world: World,
  load: { readonly perSecond: number; readonly seconds: number },
): Promise<FreshnessFigures> => {
  const { topic, partitions } = world;
  const warmUp = WARM_UP_SECONDS * load.perSecond;
  const total = warmUp + load.perSecond * load.seconds;
  const sentMs = new Float64Array(total);
  const seenMs = new Float64Array(total);
  const next = Array.from({ length: partitions }, (_, partition) => partition);
  const database = await createClickHouseDatabase('bench', world.endpoints.clickhouseUrl);
  const table = contestant.table(world);
  await contestant.prepare(world, database);
  const running = await contestant.start(world, database, true);

  /** Events `from` … `to` - 1 at the load's rate. */
  const send = async (from: number, to: number): Promise<void> => {
    const startMs = performance.now();
    const sending: Promise<unknown>[] = [];
    for (let sent = from; sent < to; ) {
      const seconds = (performance.now() - startMs) / 1_000;
      const due = Math.min(to, from + Math.floor(seconds * load.perSecond));
      const batches = Array.from({ length: partitions }, (_, partition) => ({
        ...{ topic, partition, records: [] as { key: null; value: Buffer }[] },
      }));
      for (; sent < due; sent += 1) {
        sentMs[sent] = performance.now();
        const value = world.event(sent, Date.now() * 1_000);
        batches[sent % partitions]!.records.push({ key: null, value });
      }
      const filled = batches.filter(({ records }) => records.length > 0);
      if (filled.length > 0) sending.push(world.producer.send(filled));
      await systemClock.sleep(SEND_INTERVAL_MS);
    }
    await Promise.all(sending);
  };

  const look = async (): Promise<void> => {
    const shown = await database.query<{ p: number; newest: number }>(
      `SELECT id % ${partitions} AS p, max(id) AS newest FROM ${table} GROUP BY p`,
    );
    const nowMs = performance.now();
    for (const { p, newest } of shown) {
      for (; next[p]! <= newest; next[p]! += partitions) seenMs[next[p]!] = nowMs;
    }
  };

  /** Sends, and looks until all that was sent is shown, or the patience is over. */
  const sendAndLook = async (from: number, to: number): Promise<void> => {
    let isSending = true;
    const sending = send(from, to).finally(() => {
      isSending = false;
    });
    // Where looking fails, that is the error to tell.
    sending.catch(() => undefined);
    let deadlineMs = Number.POSITIVE_INFINITY;
    while (next.some((id) => id < to) && performance.now() < deadlineMs) {
      await look();
      if (!isSending) deadlineMs = Math.min(deadlineMs, performance.now() + PATIENCE_MS);
      await systemClock.sleep(LOOK_INTERVAL_MS);
    }
    await sending;
  };

  try {
    // Not timed: the start of the process, joining the group, the first compilation of everything.
    await sendAndLook(0, warmUp);
    const cpuAtStart = running.pid === undefined ? 0 : processUsage(running.pid).cpuSeconds;
    await sendAndLook(warmUp, total);
    const cpuAtEnd = running.pid === undefined ? 0 : processUsage(running.pid).cpuSeconds;
    const measured = Array.from({ length: total - warmUp }, (_, index) => warmUp + index);
    const ages = Float64Array.from(
      measured.filter((id) => seenMs[id]! > 0).map((id) => seenMs[id]! - sentMs[id]!),
    ).sort();
    const at = (share: number) => ages[Math.floor((ages.length - 1) * share)] ?? Number.NaN;
    return {
      ...{ p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), maxMs: at(1) },
      sinkCpuSeconds: cpuAtEnd - cpuAtStart,
      unseen: measured.length - ages.length,
    };
  } finally {
    await running.stop();
    await database.drop();
  }
};
