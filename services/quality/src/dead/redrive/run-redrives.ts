/**
 * Redrives one after the other, each in batches: which letters a batch has is on Kafka before anything of it is sent, and what came of it behind
 * that. A service that was killed goes on with the batch that was under way; to send one again does no harm (`send-batch.ts`).
 */
import { MillraceError } from '@millrace/contracts';
import type { GraphView } from '@millrace/streams';
import type { PartContext } from '../../part.ts';
import type { Watch } from '../../watch.ts';
import { insertMarks, type RedriveMark } from '../letter-table.ts';
import { findLetters, type IndexedLetter } from '../read-letters.ts';
import type { DoorFates } from './door-again.ts';
import { obstacleOf } from './letter-fate.ts';
import { counted, homeOf, type JobStore, openJobStore, type RedriveJob } from './redrive-job.ts';
import { type BatchSignals, sendBatch } from './send-batch.ts';

const BATCH_LETTERS = 500;
const EVERY_MS = 500;

export interface Redrives {
  /** All that is known, the newest first. */
  all(): Promise<readonly RedriveJob[]>;
  /** Its first record is on Kafka when this resolves. */
  add(job: RedriveJob): Promise<void>;
  /** After the batch that is under way; what a sink has begun it gives back. */
  stop(id: string): Promise<boolean>;
  readonly watch: Watch;
  close(): Promise<void>;
}

/** @param graphs of the project's transforms */
export const createRedrives = (context: PartContext, graphs: readonly GraphView[]): Redrives => {
  const { admin, audit, clickhouse, clock, config, connection, logger, metrics } = context;
  const jobs = new Map<string, RedriveJob>();
  const stopping = new Map<string, AbortController>();
  let store: Promise<JobStore> | undefined;

  const open = async (): Promise<JobStore> => {
    const opened = await openJobStore(connection, admin, homeOf(config.clickhouseUrl));
    for (const job of await opened.all()) jobs.set(job.id, job);
    return opened;
  };
  const opened = (): Promise<JobStore> => {
    store ??= open();
    const opening = store;
    // what failed is tried anew by the next
    opening.catch(() => {
      store = undefined;
    });
    return opening;
  };
  const save = async (job: RedriveJob): Promise<RedriveJob> => {
    await (await opened()).save(job);
    jobs.set(job.id, job);
    return job;
  };

  /** The letters of the batch: those that were chosen before a kill, or the next ones. */
  const lettersOf = async (job: RedriveJob, size: number): Promise<readonly IndexedLetter[]> => {
    const { filter, ids, again } = job.request;
    if (job.sending !== undefined)
      return findLetters(clickhouse, {
        ...{ filter: {}, ids: job.sending, order: 'oldest', most: job.sending.length },
      });
    // what came later was not meant
    const untilMs = Math.min(filter.untilMs ?? job.startedMs, job.startedMs);
    return findLetters(clickhouse, {
      filter: { ...filter, untilMs, ...(!again && { state: 'waiting' as const }) },
      ...(ids !== undefined && { ids }),
      ...(job.cursor !== undefined && { after: job.cursor }),
      ...{ order: 'oldest', most: size },
    });
  };

  const end = async (job: RedriveJob, state: RedriveJob['state'], why = ''): Promise<void> => {
    const { sending: _, ...rest } = job;
    await save({ ...rest, state, endedMs: clock.nowMs(), ...(why !== '' && { why }) });
    const refused = Object.values(job.refused).reduce((sum, count) => sum + count, 0);
    const actor = { name: job.by, role: job.role, way: 'token', untilMs: null } as const;
    const detail = `${job.sent} of ${job.matched} sent, ${refused} not. ${why}`.trim();
    const outcome = state === 'failed' ? 'failed' : 'done';
    const what = { id: job.auditId, action: 'redrive dead-letters', subject: job.id };
    await audit.record({ actor, ip: '127.0.0.1' }, { ...what, detail, outcome });
  };

  /** One batch, and how many letters of it were tried; undefined when there was nothing left. */
  const step = async (
    before: RedriveJob,
    signals: BatchSignals,
  ): Promise<{ readonly after: RedriveJob; readonly tried: number } | undefined> => {
    const { most, perSecond, redrivesMax } = before.request;
    const size = Math.min(BATCH_LETTERS, perSecond, most - before.sent);
    if (size <= 0 && before.sending === undefined) return undefined;
    const letters = await lettersOf(before, size);
    const last = letters.at(-1);
    if (last === undefined) return undefined;
    const isResumed = before.sending !== undefined;
    const obstacles = letters.flatMap((letter) =>
      isResumed
        ? []
        : [
            {
              letter,
              why: obstacleOf(letter, redrivesMax, {
                graphs,
                contracts: context.project.contracts,
              }),
            },
          ],
    );
    const kept = isResumed
      ? letters
      : obstacles.flatMap(({ letter, why }) => (why === undefined ? [letter] : []));
    const job = isResumed
      ? before
      : await save({
          ...before,
          batch: before.batch + 1,
          cursor: { atMs: last.atMs, id: last.id },
          sending: kept.map(({ id }) => id),
          refused: counted(
            before.refused,
            obstacles.flatMap(({ why }) => (why === undefined ? [] : [why])),
          ),
        });
    const { fates, stopped }: DoorFates =
      kept.length === 0
        ? { fates: new Map() }
        : await sendBatch(context, await opened(), job, kept, signals);
    const marks: RedriveMark[] = [];
    const sent: string[] = [];
    const refused: string[] = [];
    for (const { id, origin, service, code } of kept) {
      const fate = fates.get(id);
      if (fate === undefined && stopped !== undefined) continue;
      const outcome = fate?.kind ?? 'not-sent';
      metrics.deadRedriven.inc({ letters_of: service, outcome });
      if (fate?.kind === 'sent') sent.push(code);
      else
        refused.push(
          fate?.kind === 'refused-again'
            ? `refused again: ${fate.code}`
            : (fate?.why ?? 'it is not there any more'),
        );
      if (service === 'ingest' || fate === undefined || fate.kind === 'not-sent') continue;
      const why = fate.kind === 'sent' ? { code: '', message: '' } : fate;
      const mark = { letter: id, origin, service, outcome: fate.kind };
      marks.push({ ...mark, code: why.code, message: why.message });
    }
    await insertMarks(clickhouse, job.id, job.batch, marks, clock.nowMs());
    const { sending: _, ...rest } = jobs.get(job.id) ?? job;
    const after = await save({
      ...rest,
      sent: job.sent + sent.length,
      byReason: counted(job.byReason, sent),
      refused: counted(job.refused, refused),
    });
    if (stopped !== undefined) throw stopped;
    return { after, tried: kept.length };
  };

  const run = async (first: RedriveJob, serviceSignal: AbortSignal): Promise<void> => {
    const stop = stopping.get(first.id) ?? new AbortController();
    stopping.set(first.id, stop);
    const signals = { service: serviceSignal, any: AbortSignal.any([serviceSignal, stop.signal]) };
    let job = first;
    try {
      for (;;) {
        if (serviceSignal.aborted) return;
        if (stop.signal.aborted) return await end(job, 'stopped');
        const startedMs = clock.nowMs();
        const next = await step(job, signals);
        if (next === undefined) return await end(job, 'done');
        job = next.after;
        const restMs = (next.tried / job.request.perSecond) * 1000 - (clock.nowMs() - startedMs);
        if (restMs > 0) await clock.sleep(restMs, signals.any).catch(() => undefined);
      }
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      if (serviceSignal.aborted) return;
      job = jobs.get(job.id) ?? job;
      if (stop.signal.aborted) return await end(job, 'stopped');
      // Kafka or ClickHouse away: the next round goes on
      if (error.retryable) throw error;
      logger.warn({ code: error.code, reason: error.message, redrive: job.id }, 'a redrive failed');
      await end(job, 'failed', `${error.code}: ${error.message}`);
    }
  };

  return {
    all: async () => {
      await opened();
      return [...jobs.values()].sort((a, b) => b.startedMs - a.startedMs);
    },
    add: async (job) => {
      await opened();
      await save(job);
    },
    stop: async (id) => {
      await opened();
      if (jobs.get(id)?.state !== 'running') return false;
      const controller = stopping.get(id) ?? new AbortController();
      stopping.set(id, controller);
      controller.abort();
      return true;
    },
    watch: {
      name: 'redrives',
      everyMs: EVERY_MS,
      round: async (signal) => {
        await opened();
        const running = [...jobs.values()].filter(({ state }) => state === 'running');
        const [next] = running.sort((a, b) => a.startedMs - b.startedMs);
        if (next !== undefined) await run(next, signal);
      },
    },
    close: async () => {
      await (await store?.catch(() => undefined))?.close();
    },
  };
};
