/**
 * Before a sink joins its group: the newest schema of each stream and its table are looked at, so that the first records
 * of a partition that it takes from another sink do not wait for registry, project and system tables. A
 * convenience: what cannot be had in time is looked up with the records that need it, by `topic-landings.ts`, which also
 * judges what is found.
 */
import type { RegistryClient } from '@millrace/avro';
import { valueSubject, type WarehouseContract } from '@millrace/contracts';
import type { Clock } from '@millrace/pipeline';
import type { TopicLandings } from './topic-landings.ts';

export interface WarmUpOptions {
  readonly contracts: readonly WarehouseContract[];
  readonly registry: Pick<RegistryClient, 'latest'>;
  landingsOf(topic: string): Pick<TopicLandings, 'resolve'>;
  readonly clock: Clock;
}

/** Streams that are looked at at the same time. */
const AT_ONCE = 8;
/** A sink that could work does not wait longer for what it may not need. */
const PATIENCE_MS = 3_000;

/** Resolves when all is known, or that time has passed; never rejects. */
export const warmUp = async (options: WarmUpOptions): Promise<void> => {
  const { contracts, registry, landingsOf, clock } = options;
  const late = new AbortController();
  const look = async ({ topic }: WarehouseContract): Promise<void> => {
    const latest = await registry.latest(valueSubject(topic.name));
    // Lanes share what is begun here, so it is not broken off.
    if (latest) await landingsOf(topic.name).resolve(latest.id, new AbortController().signal);
  };
  const left = contracts.values();
  const work = async (): Promise<void> => {
    for (const contract of left) {
      if (late.signal.aborted) return;
      await look(contract).catch(() => undefined);
    }
  };
  const timer = new AbortController();
  const enough = clock.sleep(PATIENCE_MS, timer.signal).then(
    () => late.abort(),
    () => undefined,
  );
  await Promise.race([Promise.all(Array.from({ length: AT_ONCE }, work)), enough]);
  timer.abort();
};
