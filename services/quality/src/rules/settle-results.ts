/**
 * What follows from results: they are kept, sent on, counted, told as conditions, and where a rule says so the stream's gate is
 * shut. Whoever measures calls this once for each look.
 */
import type { Contract, QualityRule } from '@millrace/contracts';
import type { RuleOutcome, RuleResult } from '@millrace/operations';
import type { ConditionBoard } from '../conditions/condition-board.ts';
import type { QualityMetrics } from '../metrics.ts';
import type { ResultStore } from './result-store.ts';
import type { RuleBoard } from './rule-board.ts';

/** Whether something that failed was sent after this moment, when a person opened the stream: of what came before, the person knew. */
export type FailedSince = (openedMs: number) => boolean | Promise<boolean>;

/** Shuts the gate of a stream; one that is shut as tightly already, or was opened after all that failed, stays as it is. */
export type ShutGate = (
  contract: string,
  state: 'quarantine' | 'stopped',
  reason: string,
  by: string,
  failedSince: FailedSince,
) => Promise<void>;

export interface SettleOptions {
  readonly store: ResultStore;
  readonly rules: RuleBoard;
  readonly board: ConditionBoard;
  readonly metrics: QualityMetrics;
  /** Takes results for the stream and for OpenLineage; never waits. */
  readonly send: (contract: Contract, results: readonly RuleResult[]) => void;
  readonly shut: ShutGate;
}

export interface SettledResult {
  readonly rule: QualityRule;
  readonly result: RuleResult;
  readonly failedSince: FailedSince;
}

export type SettleResults = (
  contract: Contract,
  results: readonly SettledResult[],
) => Promise<void>;

const stateValue: Readonly<Record<RuleOutcome, number>> = {
  ...{ passed: 0, warning: 1, failed: 2, error: 3, skipped: -1 },
};

const severities = {
  warn: 'info',
  alert: 'warning',
  quarantine: 'critical',
  stop: 'critical',
} as const;

/** Rejects when the gate of a stream could not be shut, after all else is done. */
export const createSettleResults = (options: SettleOptions): SettleResults => {
  const { store, rules, board, metrics } = options;

  const tell = (rule: QualityRule, result: RuleResult): void => {
    const { contract, outcome, place, scope } = result;
    const key = `rule:${contract}/${rule.id}:${place}:${scope}`;
    const isBad = outcome === 'failed' || outcome === 'warning';
    if (!isBad) board.clear(key);
    if (outcome !== 'error') board.clear(`${key}:error`);
    if (isBad || outcome === 'error')
      board.raise({
        key: isBad ? key : `${key}:error`,
        name: isBad ? 'QualityRuleFailed' : 'QualityRuleError',
        severity: isBad ? severities[rule.action] : 'warning',
        subject: `${contract}/${rule.id}`,
        contract,
        summary: `${rule.name}: ${result.message}`,
      });
  };

  /** Whole tables that began to fail while the gate could not be shut: tried again at the next look. */
  const owed = new Set<string>();
  const owedKey = ({ contract, rule }: RuleResult): string => `${contract}/${rule}`;

  /** Rows that came since the last look are news each time; the whole table only when it begins to fail. */
  const shutsGate = (rule: QualityRule, result: RuleResult, before?: RuleResult): boolean =>
    result.outcome === 'failed' &&
    (rule.action === 'quarantine' || rule.action === 'stop') &&
    (result.scope !== 'all' || before?.outcome !== 'failed' || owed.has(owedKey(result)));

  const shut = async ({ rule, result, failedSince }: SettledResult): Promise<void> => {
    const state = rule.action === 'stop' ? 'stopped' : 'quarantine';
    const reason = `${rule.name}: ${result.message}`;
    if (result.scope === 'all') owed.add(owedKey(result));
    await options.shut(result.contract, state, reason, `rule:${rule.id}`, failedSince);
    if (result.scope === 'all') owed.delete(owedKey(result));
  };

  return async (contract, results) => {
    store.append(results.map(({ result }) => result));
    const shutting: Promise<void>[] = [];
    for (const settled of results) {
      const { rule, result } = settled;
      const { place, outcome } = result;
      const before = rules.before(result);
      rules.put(result);
      metrics.ruleOutcomes.inc({ contract: contract.id, outcome });
      metrics.ruleState.set({ contract: contract.id, rule: rule.id, place }, stateValue[outcome]);
      tell(rule, result);
      if (shutsGate(rule, result, before)) shutting.push(shut(settled));
    }
    options.send(
      contract,
      results.map(({ result }) => result),
    );
    await Promise.all(shutting);
  };
};
