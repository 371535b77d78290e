/**
 * Rules on the live topics: what comes is looked at as it comes, and each window's end is a result. A bad producer is told of
 * within a window; what was missed while the service was away the rules on the table find.
 */
import { randomUUID } from 'node:crypto';
import type { RegistryClient } from '@millrace/avro';
import { type Contract, MillraceError, type QualityRule } from '@millrace/contracts';
import type { ConsumedBatch } from '@millrace/kafka';
import type { FailedSamples } from '@millrace/operations';
import type { Clock } from '@millrace/pipeline';
import type { QualityMetrics } from '../../metrics.ts';
import type { Watch } from '../../watch.ts';
import { maskedFields } from '../failed-rows.ts';
import { judgeRule } from '../judge-rule.ts';
import type { ResultStore } from '../result-store.ts';
import type { SettleResults } from '../settle-results.ts';
import type { TopicFollower } from './follow-topics.ts';
import type { Sampling } from './sampling.ts';
import { createTopicDecoder, type TopicDecoder } from './topic-decoder.ts';
import {
  type ClosedWindow,
  createWindowTally,
  type TopicRow,
  type WindowTally,
} from './window-tally.ts';

export interface LiveOptions {
  readonly contracts: readonly Contract[];
  readonly registry: RegistryClient;
  readonly windowMs: number;
  readonly sampling: Sampling;
  readonly store: ResultStore;
  readonly settle: SettleResults;
  readonly metrics: QualityMetrics;
  readonly clock: Clock;
}

interface LiveStream {
  readonly contract: Contract;
  readonly rules: readonly QualityRule[];
  readonly fields: readonly string[];
  readonly decoder: TopicDecoder;
  readonly tally: WindowTally;
  /** Followed for the whole of the window that is open. */
  isWhole: boolean;
  /** When the window that is open began. */
  begunMs: number;
}

/** So much later than it was sent a record comes at most; one that says more has the time of its event. */
const lagMsMax = 30_000;
/** A sender's clock may be ahead. */
const believedMs = (timestampMs: number, arrivedMs: number): number =>
  Math.min(arrivedMs, Math.max(timestampMs, arrivedMs - lagMsMax));

export interface LiveRules {
  readonly contracts: readonly Contract[];
  look(batch: ConsumedBatch): Promise<void>;
  watch(follower: TopicFollower): Watch;
}

const fieldsOf = (rules: readonly QualityRule[]): readonly string[] => [
  ...new Set(
    rules.flatMap(({ check }) => {
      if (check.kind === 'duplicateValues') return check.fields;
      return 'field' in check && check.field !== undefined ? [check.field] : [];
    }),
  ),
];

/** As JSON has it, also within lists, maps and records. */
const plain = (value: unknown): unknown => {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
};

const samplesOf = (stream: LiveStream, rows: readonly TopicRow[]): FailedSamples => {
  const masked = maskedFields(stream.contract, stream.fields);
  return {
    columns: ['_partition', '_offset', ...stream.fields],
    rows: rows.map(({ partition, offset, values }) => [
      partition,
      offset,
      ...stream.fields.map((field) => (masked.includes(field) ? null : plain(values[field]))),
    ]),
    masked,
  };
};

export const createLiveRules = (options: LiveOptions): LiveRules => {
  const { registry, sampling, store, settle, metrics, clock } = options;
  const streams = new Map(
    options.contracts.flatMap((contract) => {
      const rules = (contract.quality ?? []).filter(({ onTopic }) => onTopic);
      if (rules.length === 0) return [];
      const fields = fieldsOf(rules);
      const decoder = createTopicDecoder(contract, fields, registry);
      const tally = createWindowTally(rules);
      const open = { isWhole: false, begunMs: clock.nowMs() };
      const stream: LiveStream = { contract, rules, fields, decoder, tally, ...open };
      return [[contract.topic.name, stream] as const];
    }),
  );

  const look = async ({ topic, partition, records }: ConsumedBatch): Promise<void> => {
    const stream = streams.get(topic);
    if (stream === undefined) return;
    const { tally, decoder, contract } = stream;
    const arrivedMs = clock.nowMs();
    const rows: TopicRow[] = [];
    let [broken, gone] = [0, 0];
    for (const index of sampling.take(records.length, performance.now())) {
      const { value, offset, timestampMs } = records.at(index);
      const values = await decoder.decode(value).catch((error: unknown) => {
        if (error instanceof MillraceError) return undefined;
        throw error;
      });
      const sentMs = believedMs(timestampMs, arrivedMs);
      if (values === undefined) broken += 1;
      else if (values === null) gone += 1;
      else rows.push({ partition, offset, sentMs, values });
    }
    // All at once: a window may have ended while a schema was asked for, and no record is of two.
    tally.saw(records.length);
    for (let index = 0; index < broken; index += 1) tally.unreadable();
    for (let index = 0; index < gone; index += 1) tally.gone();
    for (const row of rows) tally.check(row);
    const checked = rows.length + gone;
    const counted = { contract: contract.id };
    metrics.liveRecords.inc({ ...counted, fate: 'checked' }, checked);
    metrics.liveRecords.inc({ ...counted, fate: 'unreadable' }, broken);
    const rest = records.length - checked - broken;
    metrics.liveRecords.inc({ ...counted, fate: 'passed_over' }, rest);
  };

  const settleWindow = async (stream: LiveStream, closed: ClosedWindow): Promise<void> => {
    const { contract, rules, isWhole, begunMs } = stream;
    const results = rules.flatMap((rule) => {
      const isCount = rule.check.kind === 'rowCount';
      // A window without records says nothing of records, and one that began late nothing of their number.
      if (isCount ? !isWhole : closed.seen === 0) return [];
      const result = judgeRule(
        rule,
        { kind: 'measured', measurement: closed.measurements.get(rule.id)! },
        {
          ...{ id: randomUUID(), contract: contract.id, atMs: clock.nowMs() },
          ...{ durationMs: options.windowMs, place: 'topic', scope: 'window', share: closed.share },
        },
      );
      // A number of records is of the window as a whole.
      const newestMs = isCount ? begunMs : (closed.failedMs.get(rule.id) ?? begunMs);
      return [{ rule, result, failedSince: (openedMs: number) => newestMs > openedMs }];
    });
    for (const { rule, result } of results) {
      const rows = closed.samples.get(rule.id) ?? [];
      if (rows.length > 0 && (result.outcome === 'failed' || result.outcome === 'warning'))
        store.appendSamples(result, samplesOf(stream, rows));
    }
    if (results.length > 0) await settle(contract, results);
  };

  const contracts = [...streams.values()].map(({ contract }) => contract);
  return {
    contracts,
    look,
    watch: (follower) => ({
      name: 'rules-live',
      everyMs: options.windowMs,
      round: async () => {
        const failures: unknown[] = [];
        for (const stream of streams.values()) {
          const closed = stream.tally.close();
          const endedMs = clock.nowMs();
          await settleWindow(stream, closed).catch((error: unknown) => failures.push(error));
          stream.isWhole = follower.isFollowed(stream.contract.topic.name);
          stream.begunMs = endedMs;
        }
        await follower.follow(contracts);
        if (failures.length > 0) throw failures[0];
      },
    }),
  };
};
