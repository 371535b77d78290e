/** One look at the table of a contract: measure, judge, keep rows that failed, settle. When to look is table-watches.ts. */
import { randomUUID } from 'node:crypto';
import type { QualityRule, WarehouseContract } from '@millrace/contracts';
import type { RuleResult } from '@millrace/operations';
import type { Clock, Logger } from '@millrace/pipeline';
import type { QualityMetrics } from '../metrics.ts';
import { failedRows, failingCondition } from './failed-rows.ts';
import { judgeRule } from './judge-rule.ts';
import {
  type Measured,
  type MeasureOptions,
  measureRules,
  type Selection,
} from './measure-rules.ts';
import type { ResultStore } from './result-store.ts';
import type { SettledResult, SettleResults } from './settle-results.ts';
import { hasNewRows } from './table-source.ts';

export interface LookOptions extends MeasureOptions {
  readonly store: ResultStore;
  readonly settle: SettleResults;
  /** When a person last opened the stream; undefined when nobody had to. */
  readonly openedMs: (contract: string) => number | undefined;
  readonly metrics: QualityMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A merge writes parts without a row being new: that is no look. */
const cameRows = (measured: ReadonlyMap<string, Measured>): boolean =>
  [...measured.values()].some(
    (found) => found.kind === 'error' || found.measurement.rowsChecked !== 0,
  );

export type LookAtTable = (
  contract: WarehouseContract,
  rules: readonly QualityRule[],
  scope: 'all' | 'new',
  selection: Selection,
) => Promise<readonly RuleResult[]>;

/** Rejects with `clickhouse.unavailable` while the server is away: then nothing is said of the rules. */
export const createLookAtTable = (options: LookOptions): LookAtTable => {
  const { ask, store, settle, metrics, clock, logger } = options;

  /** Whether something that failed was sent after the stream was opened again; where it cannot be told, it counts as new. */
  const isNew = async (
    contract: WarehouseContract,
    rule: QualityRule,
    { source, where = '1', params }: Selection,
  ): Promise<boolean> => {
    const openedMs = options.openedMs(contract.id);
    const failing = failingCondition(rule, source, where);
    if (openedMs === undefined || failing === undefined || !hasNewRows(contract)) return true;
    const [row] = await ask<{ failed: string }>(
      `SELECT count() AS failed FROM ${source} WHERE (${where}) AND (${failing})
        AND _produced_at > fromUnixTimestamp64Milli({opened:Int64})`,
      { ...params, opened: openedMs },
    );
    return Number(row?.failed ?? 0) > 0;
  };

  return async (contract, rules, scope, selection) => {
    const begunMs = performance.now();
    const measured = await measureRules(options, contract, rules, selection);
    const durationMs = performance.now() - begunMs;
    if (scope === 'new' && !cameRows(measured)) return [];
    metrics.rulePassSeconds.observe({ scope }, durationMs / 1000);
    const results = rules.map((rule) => {
      const look = { contract: contract.id, atMs: clock.nowMs(), place: 'table', scope } as const;
      const found = measured.get(rule.id) ?? { kind: 'error', message: 'It was not measured.' };
      return { rule, result: judgeRule(rule, found, { ...look, id: randomUUID(), durationMs }) };
    });
    const settled: SettledResult[] = [];
    for (const { rule, result } of results) {
      const isNews = result.outcome === 'failed' && (await isNew(contract, rule, selection));
      settled.push({ rule, result, isNews });
      if (result.outcome !== 'failed' && result.outcome !== 'warning') continue;
      const samples = await failedRows(ask, contract, rule, selection).catch((error: unknown) => {
        logger.warn(
          { err: error, contract: contract.id, rule: rule.id },
          'rows that failed were not read',
        );
        return undefined;
      });
      if (samples !== undefined && samples.rows.length > 0) store.appendSamples(result, samples);
    }
    await settle(contract, settled);
    return results.map(({ result }) => result);
  };
};
