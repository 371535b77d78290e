/** What needs a person now, what did, and what is kept quiet. */
import type { Alert, AlertReport, AlertSeverity, Silence } from '@millrace/operations';
import { useMutation } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import { type ApiError, ask } from '../api/ask.ts';
import { useMay } from '../api/session.ts';
import { every, useApi, useRefresh } from '../api/use-api.ts';
import { Answered } from '../ui/answered.tsx';
import { Blank } from '../ui/blank.tsx';
import { Card } from '../ui/card.tsx';
import { Condition } from '../ui/condition.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { Ago } from '../ui/time.tsx';
import { pathOf } from '../url-state.ts';
import { SilenceDialog } from './silence-dialog.tsx';

const conditions = { info: 'unknown', warning: 'warn', critical: 'bad' } as const;
const order: readonly AlertSeverity[] = ['info', 'warning', 'critical'];

const Actions = ({ alert, silence }: { alert: Alert; silence: (alert: Alert) => void }) => {
  const refresh = useRefresh();
  const acknowledge = useMutation<unknown, ApiError>({
    mutationFn: () => ask(pathOf('alerts', alert.id, 'acknowledge'), { method: 'POST', body: {} }),
    onSuccess: () => refresh('/alerts'),
  });
  if (!useMay('operator') || alert.endedMs !== null) return null;
  return (
    <span className="row wrap">
      {alert.acknowledgedBy === null && (
        <button
          type="button"
          className="button"
          disabled={acknowledge.isPending}
          onClick={() => acknowledge.mutate()}
        >
          I have it
        </button>
      )}
      <button type="button" className="button" onClick={() => silence(alert)}>
        Silence…
      </button>
      {acknowledge.error !== null && <Notice tone="bad">{acknowledge.error.message}</Notice>}
    </span>
  );
};

const Runbook = ({ runbook }: Pick<Alert, 'runbook'>) =>
  /^https?:/i.test(runbook) ? (
    <a href={runbook} rel="noreferrer">
      Runbook
    </a>
  ) : (
    <span className="mono">{runbook}</span>
  );

const columns = (silence: (alert: Alert) => void): readonly Column<Alert>[] => [
  {
    id: 'severity',
    header: 'Severity',
    value: ({ severity }) => order.indexOf(severity),
    cell: ({ severity }) => <Condition state={conditions[severity]}>{severity}</Condition>,
  },
  {
    id: 'summary',
    header: 'What',
    kind: 'wide',
    value: ({ summary }) => summary,
    cell: ({ name, summary, contract, runbook }) => (
      <>
        {summary}
        <small>
          {name} ·{' '}
          {contract !== null && (
            <>
              <Link href={pathOf('streams', contract)}>{contract}</Link> ·{' '}
            </>
          )}
          <Runbook runbook={runbook} />
        </small>
      </>
    ),
  },
  {
    id: 'state',
    header: 'Who knows',
    value: ({ acknowledgedBy, silence: quiet }) => acknowledgedBy ?? quiet ?? '',
    cell: ({ acknowledgedBy, silence: quiet, endedMs }) => (
      <>
        {acknowledgedBy !== null && <span>{acknowledgedBy} has it </span>}
        {quiet !== null && <span className="tag">silenced</span>}
        {acknowledgedBy === null && quiet === null && (
          <span className="muted">{endedMs === null ? 'nobody yet' : 'nobody'}</span>
        )}
      </>
    ),
  },
  {
    id: 'since',
    header: 'Since',
    kind: 'end',
    value: ({ sinceMs }) => sinceMs,
    cell: ({ sinceMs, endedMs }) => (
      <>
        <Ago atMs={sinceMs} />
        {endedMs !== null && (
          <small>
            over <Ago atMs={endedMs} />
          </small>
        )}
      </>
    ),
  },
  {
    id: 'do',
    header: 'Actions',
    kind: 'wide',
    fixed: true,
    value: () => null,
    cell: (alert) => <Actions alert={alert} silence={silence} />,
  },
];

const silenceColumns = (end: (id: string) => void, mayEnd: boolean): readonly Column<Silence>[] => [
  {
    id: 'what',
    header: 'Quiet',
    value: ({ name, subject }) => `${name} ${subject}`,
    cell: ({ name, subject }) => (
      <span className="mono">
        {name} {subject}
      </span>
    ),
  },
  { id: 'reason', header: 'Why', kind: 'wide', value: ({ reason }) => reason },
  { id: 'by', header: 'By', value: ({ by }) => by },
  {
    id: 'until',
    header: 'Ends',
    kind: 'end',
    value: ({ untilMs }) => untilMs,
    cell: ({ untilMs }) => <Ago atMs={untilMs} />,
  },
  {
    id: 'do',
    header: 'Actions',
    fixed: true,
    value: () => null,
    cell: ({ id }) =>
      mayEnd ? (
        <button type="button" className="button" onClick={() => end(id)}>
          End now
        </button>
      ) : null,
  },
];

const Silences = () => {
  const silences = useApi<readonly Silence[]>('/silences', {}, { everyMs: every.calm });
  const refresh = useRefresh();
  const mayEnd = useMay('operator');
  const end = useMutation<unknown, ApiError, string>({
    mutationFn: (id) => ask(pathOf('silences', id), { method: 'DELETE' }),
    onSuccess: () => refresh('/silences', '/alerts'),
  });
  const { mutate } = end;
  const shown = useMemo(() => silenceColumns(mutate, mayEnd), [mutate, mayEnd]);
  return (
    <Card title="Silences">
      {end.error !== null && <Notice tone="bad">{end.error.message}</Notice>}
      <Answered answer={silences} lines={2}>
        {(rows) => (
          <DataTable
            label="Silences"
            columns={shown}
            rows={rows}
            rowKey={({ id }) => id}
            urlName="silences"
            empty={<Blank icon="alerts" title="Nothing is silenced" />}
          />
        )}
      </Answered>
    </Card>
  );
};

const AlertsPage = () => {
  const alerts = useApi<AlertReport>('/alerts', {}, { everyMs: every.calm });
  const [silencing, setSilencing] = useState<Alert | 'new' | undefined>();
  const shown = useMemo(() => columns(setSilencing), []);
  return (
    <Page
      title="Alerts"
      lead="What needs a person. Each name has a runbook that says what it means and what to do."
      live={alerts}
      actions={
        useMay('operator') && (
          <button type="button" className="button" onClick={() => setSilencing('new')}>
            New silence…
          </button>
        )
      }
    >
      <Card title="Open">
        <Answered answer={alerts}>
          {({ open }) => (
            <DataTable
              label="Open alerts"
              columns={shown}
              rows={open}
              rowKey={({ id }) => id}
              sort="severity.desc"
              empty={
                <Blank icon="ok" title="Nothing needs a person">
                  <p>All streams flow and keep their promises, as far as is measured.</p>
                </Blank>
              }
            />
          )}
        </Answered>
      </Card>
      <Silences />
      <Card title="Over">
        <Answered answer={alerts}>
          {({ ended }) => (
            <DataTable
              label="Ended alerts"
              columns={shown.slice(0, 4)}
              rows={ended}
              rowKey={({ id, sinceMs }) => `${id} ${sinceMs}`}
              sort="since.desc"
              urlName="ended"
              empty={<Blank icon="alerts" title="Nothing ended lately" />}
            />
          )}
        </Answered>
      </Card>
      {silencing !== undefined && (
        <SilenceDialog
          alert={silencing === 'new' ? undefined : silencing}
          close={() => setSilencing(undefined)}
        />
      )}
    </Page>
  );
};

export default AlertsPage;
