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
import { sentColumn } from './table-source.ts';

export interface LookOptions extends MeasureOptions {
  readonly store: ResultStore;
  readonly settle: SettleResults;
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

/**
 * Rejects with `clickhouse.unavailable` while the server is away: then nothing is said of the rules. Looks at one table take turns:
 * one that began before would else end after one that saw more rows, and its word would stand as the last.
 */
export const createLookAtTable = (options: LookOptions): LookAtTable => {
  const { ask, store, settle, metrics, clock, logger } = options;

  /** Where it cannot be told, what failed counts as new. */
  const failedSince = async (
    contract: WarehouseContract,
    rule: QualityRule,
    { source, where = '1', params }: Selection,
    openedMs: number,
  ): Promise<boolean> => {
    const failing = failingCondition(rule, source, where);
    const sent = sentColumn(contract);
    if (failing === undefined || sent === undefined) return true;
    const [row] = await ask<{ failed: string }>(
      `SELECT count() AS failed FROM ${source} WHERE (${where}) AND (${failing})
        AND ${sent} > fromUnixTimestamp64Milli({opened:Int64})`,
      { ...params, opened: openedMs },
    );
    return Number(row?.failed ?? 0) > 0;
  };

  const look: LookAtTable = async (contract, rules, scope, selection) => {
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
      settled.push({
        ...{ rule, result },
        failedSince: (openedMs) => failedSince(contract, rule, selection, openedMs),
      });
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

  const turns = new Map<string, Promise<unknown>>();
  return (contract, ...about) => {
    const before = turns.get(contract.id) ?? Promise.resolve();
    const turn = before.then(() => look(contract, ...about));
    turns.set(
      contract.id,
      turn.catch(() => undefined),
    );
    return turn;
  };
};
