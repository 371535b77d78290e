/** What is known of every rule now: the newest result of each place and scope. In memory; filled from the store after a start. */
import type { Contract, QualityRule } from '@millrace/contracts';
import { limitText, nextDueMs } from '@millrace/contracts';
import type { RuleOutcome, RuleResult, RuleState } from '@millrace/operations';

export interface RuleBoard {
  readonly contracts: readonly Contract[];
  put(result: RuleResult): void;
  /** The result before, of the same place and scope. */
  before(result: RuleResult): RuleResult | undefined;
  latest(contract: string, rule: string): readonly RuleResult[];
  states(contract?: string): readonly RuleState[];
}

const keyOf = ({
  contract,
  rule,
  place,
  scope,
}: Pick<RuleResult, 'contract' | 'rule' | 'place' | 'scope'>) =>
  `${contract}/${rule}/${place}/${scope}`;

const gravity: Readonly<Record<RuleOutcome, number>> = {
  ...{ skipped: 0, passed: 1, warning: 2, error: 3, failed: 4 },
};

const kinds: Readonly<Record<QualityRule['check']['kind'], RuleState['kind']>> = {
  ...{ nullValues: 'library', missingValues: 'library', invalidValues: 'library' },
  ...{ duplicateValues: 'library', rowCount: 'library', sql: 'sql' },
  ...{ range: 'custom', freshness: 'custom', volume: 'volume', drift: 'drift' },
};

const fieldOf = ({ check }: QualityRule): string | null => {
  if ('field' in check && check.field !== undefined) return check.field;
  return check.kind === 'duplicateValues' ? check.fields.join(', ') : null;
};

/** @param lastMs when the whole table was looked at, by contract and rule */
export const createRuleBoard = (contracts: readonly Contract[], nowMs: () => number): RuleBoard => {
  const results = new Map<string, RuleResult>();
  const latest = (contract: string, rule: string): readonly RuleResult[] =>
    [...results.values()].filter((one) => one.contract === contract && one.rule === rule);

  const stateOf = (contract: Contract, rule: QualityRule): RuleState => {
    const found = latest(contract.id, rule.id);
    const last = found.toSorted(
      (a, b) => gravity[b.outcome] - gravity[a.outcome] || b.atMs - a.atMs,
    )[0];
    return {
      rule: rule.id,
      contract: contract.id,
      field: fieldOf(rule),
      name: rule.name,
      kind: kinds[rule.check.kind],
      dimension: rule.dimension ?? null,
      severity: rule.severity ?? null,
      businessImpact: rule.businessImpact ?? null,
      action: rule.action,
      expected: limitText(rule.limit),
      unit: rule.unit,
      schedule: rule.schedule,
      ...{ onTable: rule.onTable, onTopic: rule.onTopic },
      last: last ?? null,
      latest: found,
      nextMs: rule.onTable ? (nextDueMs(rule.schedule, nowMs()) ?? null) : null,
    };
  };

  return {
    contracts,
    put: (result) => void results.set(keyOf(result), result),
    before: (result) => results.get(keyOf(result)),
    latest,
    states: (wanted) =>
      contracts
        .filter(({ id }) => wanted === undefined || id === wanted)
        .flatMap((contract) => (contract.quality ?? []).map((rule) => stateOf(contract, rule))),
  };
};
