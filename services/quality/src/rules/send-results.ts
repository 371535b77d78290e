/**
 * Results on their way to others: the platform's stream on Kafka, and OpenLineage. They wait in memory, bounded, and are sent in
 * rounds; what was sent with an unknown outcome is sent again under the same id.
 */
import { type Contract, qualityResultsContract } from '@millrace/contracts';
import type { RuleResult } from '@millrace/operations';
import type { QualityMetrics } from '../metrics.ts';
import type { QualityOutputs } from '../outputs.ts';
import type { Watch } from '../watch.ts';
import type { LineageTarget } from './lineage/lineage-target.ts';
import { type LineagePlaces, runEvents } from './lineage/run-event.ts';

export interface SendResultsOptions {
  readonly outputs: QualityOutputs;
  readonly places: LineagePlaces;
  /** None where no address and no topic is set. */
  readonly targets: readonly LineageTarget[];
  readonly metrics: QualityMetrics;
}

export interface SendResults {
  send(contract: Contract, results: readonly RuleResult[]): void;
  readonly watches: readonly Watch[];
}

const waitingMax = 10_000;

const recordOf = (contract: Contract, result: RuleResult) => ({
  key: result.contract,
  value: {
    result_id: result.id,
    ...{ contract: result.contract, rule: result.rule, checked_at: result.atMs },
    ...{ outcome: result.outcome, place: result.place, scope: result.scope },
    ...{ measured: result.measured, expected: result.expected, share: result.share },
    ...{ rows_checked: result.rowsChecked, rows_failed: result.rowsFailed },
    message: result.message,
    action: contract.quality?.find(({ id }) => id === result.rule)?.action ?? 'warn',
  },
});

/** What waits for one target. A batch that was begun is tried until it is taken; then the next. */
const createQueue = <Item>(
  name: string,
  take: (items: readonly Item[]) => Promise<void>,
  lost: (count: number) => void,
) => {
  let waiting: Item[] = [];
  const watch: Watch = {
    name,
    everyMs: 1_000,
    round: async () => {
      while (waiting.length > 0) {
        const batch = waiting.slice(0, 500);
        await take(batch);
        const sent = new Set(batch);
        waiting = waiting.filter((item) => !sent.has(item));
      }
    },
  };
  const put = (items: readonly Item[]): void => {
    waiting.push(...items);
    const surplus = waiting.length - waitingMax;
    if (surplus <= 0) return;
    waiting.splice(0, surplus);
    lost(surplus);
  };
  return { put, watch };
};

export const createSendResults = (options: SendResultsOptions): SendResults => {
  const { outputs, places, targets, metrics } = options;
  const lost = (target: string) => (count: number) => metrics.resultsLost.inc({ target }, count);
  const stream = createQueue<ReturnType<typeof recordOf>>(
    'rules-stream',
    (records) => outputs.publish(qualityResultsContract(), records),
    lost('stream'),
  );
  const lineage = targets.map((target) =>
    createQueue<object>(`rules-${target.name}`, target.take, lost('openlineage')),
  );
  return {
    send: (contract, results) => {
      stream.put(results.map((result) => recordOf(contract, result)));
      if (lineage.length === 0) return;
      const events = runEvents(contract, results, places);
      for (const queue of lineage) queue.put(events);
    },
    watches: [stream.watch, ...lineage.map(({ watch }) => watch)],
  };
};
