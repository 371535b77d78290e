/** Who did what, and what was refused. */
import type { AuditEntry, AuditOutcome, AuditPage } from '@millrace/operations';
import { every, useApi } from '../api/use-api.ts';
import { Answered } from '../ui/answered.tsx';
import { Blank } from '../ui/blank.tsx';
import { Card } from '../ui/card.tsx';
import { Condition } from '../ui/condition.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { FilterBox } from '../ui/filter-box.tsx';
import { Page } from '../ui/page.tsx';
import { Ago } from '../ui/time.tsx';
import { useUrlState } from '../url-state.ts';

const conditions: Readonly<Record<AuditOutcome, 'ok' | 'warn' | 'bad' | 'unknown'>> = {
  done: 'ok',
  refused: 'warn',
  failed: 'bad',
  begun: 'unknown',
};

const columns: readonly Column<AuditEntry>[] = [
  {
    id: 'action',
    header: 'Action',
    value: ({ action }) => action,
    cell: ({ action, subject }) => (
      <>
        <span className="strong">{action}</span>
        <small className="mono">{subject}</small>
      </>
    ),
  },
  {
    id: 'by',
    header: 'By',
    value: ({ by }) => by,
    cell: ({ by, role }) => (
      <>
        {by}
        <small>{role}</small>
      </>
    ),
  },
  {
    id: 'outcome',
    header: 'Outcome',
    value: ({ outcome }) => outcome,
    cell: ({ outcome }) => <Condition state={conditions[outcome]}>{outcome}</Condition>,
  },
  { id: 'detail', header: 'Detail', kind: 'wide', value: ({ detail }) => detail },
  {
    id: 'at',
    header: 'When',
    kind: 'end',
    value: ({ atMs }) => atMs,
    cell: ({ atMs }) => <Ago atMs={atMs} />,
  },
];

const AuditView = () => {
  const [by, setBy] = useUrlState('by');
  const [outcome, setOutcome] = useUrlState('outcome');
  const [before, setBefore] = useUrlState('before');
  const page = useApi<AuditPage>(
    '/audit',
    { by, outcome, before },
    { everyMs: every.slow, keep: true },
  );
  return (
    <Page
      title="Audit"
      lead="Every action through this service and every refusal. Nothing is done that cannot be written down first."
      live={page}
    >
      <Card
        title="Actions"
        aside={
          <>
            <FilterBox label="By whom, exactly" value={by} change={setBy} />
            <select
              className="input"
              aria-label="Outcome"
              value={outcome}
              onChange={(event) => setOutcome(event.target.value)}
            >
              <option value="">Any outcome</option>
              {Object.keys(conditions).map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </>
        }
      >
        <Answered answer={page}>
          {({ entries, next }) => (
            <>
              <DataTable
                label="Actions"
                columns={columns}
                rows={entries}
                rowKey={({ id }) => id}
                sort="at.desc"
                empty={<Blank icon="audit" title="Nothing was done" />}
              />
              {(next !== null || before !== '') && (
                <div className="table-more row">
                  {before !== '' && (
                    <button type="button" className="button" onClick={() => setBefore('')}>
                      Newest
                    </button>
                  )}
                  {next !== null && (
                    <button
                      type="button"
                      className="button"
                      onClick={() => setBefore(String(next))}
                    >
                      Older
                    </button>
                  )}
                </div>
              )}
            </>
          )}
        </Answered>
      </Card>
    </Page>
  );
};

export default AuditView;
