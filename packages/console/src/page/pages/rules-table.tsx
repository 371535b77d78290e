/** Rules with their last results, as a table. */
import type { RuleOutcome, RuleState } from '@millrace/operations';
import { Link } from 'wouter';
import { formatShort } from '../format/numbers.ts';
import { Blank } from '../ui/blank.tsx';
import { Condition } from '../ui/condition.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Ago } from '../ui/time.tsx';
import { pathOf } from '../url-state.ts';

/** How well a result is. */
export const conditionOfOutcome = (outcome: RuleOutcome | undefined) => {
  if (outcome === 'passed') return 'ok';
  if (outcome === 'warning') return 'warn';
  return outcome === 'failed' || outcome === 'error' ? 'bad' : 'unknown';
};

const gravityOf: Readonly<Record<RuleOutcome, number>> = {
  passed: 0,
  skipped: 1,
  warning: 2,
  error: 3,
  failed: 4,
};

export const Outcome = ({ outcome }: { outcome: RuleOutcome | undefined }) => (
  <Condition state={conditionOfOutcome(outcome)}>{outcome ?? 'not yet run'}</Condition>
);

const columns: readonly Column<RuleState>[] = [
  {
    id: 'rule',
    header: 'Rule',
    kind: 'wide',
    value: ({ name }) => name,
    cell: ({ contract, rule, name, field }) => (
      <>
        <Link href={pathOf('quality', contract, rule)}>{name}</Link>
        <small>
          {contract}
          {field !== null && `, ${field}`}
        </small>
      </>
    ),
  },
  {
    id: 'outcome',
    header: 'Last result',
    value: ({ last }) => (last === null ? 0.5 : gravityOf[last.outcome]),
    cell: ({ last }) => <Outcome outcome={last?.outcome} />,
  },
  {
    id: 'measured',
    header: 'Measured',
    kind: 'end',
    value: ({ last }) => last?.measured ?? null,
    cell: ({ last }) => (
      <>
        {formatShort(last?.measured)}
        {last !== null && <small>{last.expected}</small>}
      </>
    ),
  },
  {
    id: 'failed',
    header: 'Rows failed',
    kind: 'end',
    value: ({ last }) => last?.rowsFailed ?? null,
    cell: ({ last }) => (
      <>
        {formatShort(last?.rowsFailed)}
        {last?.rowsChecked != null && <small>of {formatShort(last.rowsChecked)}</small>}
      </>
    ),
  },
  {
    id: 'dimension',
    header: 'Dimension',
    value: ({ dimension }) => dimension,
  },
  {
    id: 'action',
    header: 'When it fails',
    value: ({ action }) => action,
    cell: ({ action, severity }) => (
      <>
        {action}
        {severity !== null && <small>{severity}</small>}
      </>
    ),
  },
  {
    id: 'ran',
    header: 'Ran',
    kind: 'end',
    value: ({ last }) => last?.atMs ?? null,
    cell: ({ last, nextMs }) => (
      <>
        <Ago atMs={last?.atMs} />
        {nextMs !== null && (
          <small>
            again <Ago atMs={nextMs} />
          </small>
        )}
      </>
    ),
  },
];

export const RulesTable = ({ rules }: { rules: readonly RuleState[] }) => (
  <DataTable
    label="Quality rules"
    columns={columns}
    rows={rules}
    rowKey={({ contract, rule }) => `${contract} ${rule}`}
    sort="outcome.desc"
    empty={
      <Blank icon="quality" title="There are no rules here">
        <p>Rules stand in a contract’s ODCS file, under quality.</p>
      </Blank>
    }
  />
);
