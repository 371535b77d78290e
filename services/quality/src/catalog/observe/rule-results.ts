/** How the rules of contracts came out last, out of what the rules part keeps in ClickHouse. Judging them is not done here. */
import type { Observation } from '@millrace/catalog';
import type { ClickHouse } from '@millrace/clickhouse';

const table = 'millrace_quality_results';

export type RuleFigures = Omit<NonNullable<Observation['quality']>, 'rules'>;

/**
 * By contract: rules whose newest results of a week, on the table and on the topic, all passed, and those of which one failed.
 * Empty where no rule was ever judged. Rejects with `clickhouse.…`.
 */
export const readRuleResults = async (
  clickhouse: ClickHouse,
): Promise<ReadonlyMap<string, RuleFigures>> => {
  const [there] = await clickhouse.query<{ n: string }>(
    `SELECT count() AS n FROM system.tables WHERE database = currentDatabase() AND name = '${table}'`,
  );
  if (Number(there?.n) === 0) return new Map();
  const rows = await clickhouse.query<{
    contract: string;
    passed: string;
    failed: string;
    last_ms: string;
  }>(
    `SELECT contract, countIf(worst = 0) AS passed, countIf(worst = 2) AS failed,
            toUnixTimestamp64Milli(max(last)) AS last_ms
       FROM (SELECT contract, rule, max(one) AS worst, max(last) AS last
               FROM (SELECT contract, rule, place, max(at) AS last,
                            transform(argMax(outcome, at), ['passed', 'warning', 'failed'], [0, 2, 2], 1) AS one
                       FROM ${table} WHERE at > now64(3) - INTERVAL 7 DAY GROUP BY contract, rule, place)
              GROUP BY contract, rule)
      GROUP BY contract`,
  );
  return new Map(
    rows.map(({ contract, passed, failed, last_ms }) => [
      contract,
      { passed: Number(passed), failed: Number(failed), lastMs: Number(last_ms) },
    ]),
  );
};
