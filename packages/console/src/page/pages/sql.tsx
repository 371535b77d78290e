/** A box for one read-only query, and its answer as a table, a chart or a map. */
import type { SqlRequest, SqlResult, TableReport, TableState } from '@millrace/operations';
import { useMutation } from '@tanstack/react-query';
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, ask } from '../api/ask.ts';
import { useMay, useSession } from '../api/session.ts';
import { useApi } from '../api/use-api.ts';
import { Blank, Skeleton } from '../ui/blank.tsx';
import { Card } from '../ui/card.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { useUrlState } from '../url-state.ts';
import { formerQueries, rememberQuery } from './former-queries.ts';
import { SqlAnswer } from './sql-answer.tsx';
import { SqlForecast } from './sql-forecast.tsx';

const limits = ['100', '1000', '10000'] as const;

/** Runs a query; a newer one, Stop, or leaving the page gives it up. */
const useRun = () => {
  const running = useRef<AbortController>(null);
  const stop = useCallback(() => running.current?.abort(), []);
  useEffect(() => stop, [stop]);
  const run = useMutation<SqlResult, Error, SqlRequest>({
    mutationFn: (request) => {
      running.current?.abort();
      const controller = new AbortController();
      running.current = controller;
      return ask<SqlResult>('/sql', { method: 'POST', body: request, signal: controller.signal });
    },
    onSuccess: (_, { sql }) => rememberQuery(sql),
  });
  return { ...run, stop };
};

interface SideProps {
  readonly insert: (text: string) => void;
  readonly replace: (text: string) => void;
}

const Side = ({ insert, replace }: SideProps) => {
  const tables = useApi<TableReport>('/tables');
  const former = formerQueries();
  const names = (tables.data?.tables ?? []).map(({ view, table }: TableState) => view ?? table);
  return (
    <div className="stack">
      <Card title="Tables">
        {names.length === 0 ? (
          <p className="inside muted">None is known.</p>
        ) : (
          <ul className="side-list">
            {[...new Set(names)].toSorted().map((name) => (
              <li key={name}>
                <button type="button" className="mono" onClick={() => insert(name)}>
                  {name}
                </button>
              </li>
            ))}
          </ul>
        )}
      </Card>
      {former.length > 0 && (
        <Card title="Asked before">
          <ul className="side-list">
            {former.map((sql) => (
              <li key={sql}>
                <button type="button" className="mono" onClick={() => replace(sql)}>
                  {sql.replaceAll(/\s+/g, ' ').slice(0, 70)}
                </button>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </div>
  );
};

interface FootProps {
  readonly running: boolean;
  readonly ready: boolean;
  readonly limit: string;
  readonly setLimit: (limit: string) => void;
  readonly start: () => void;
  readonly stop: () => void;
}

const Foot = ({ running, ready, limit, setLimit, start, stop }: FootProps) => (
  <div className="sql-foot">
    {running ? (
      <button type="button" className="button" onClick={stop}>
        Stop
      </button>
    ) : (
      <button type="button" className="button primary" disabled={!ready} onClick={start}>
        Run
      </button>
    )}
    <span className="muted">
      <kbd>Ctrl</kbd> <kbd>Enter</kbd>
    </span>
    <label className="row muted">
      Rows at most
      <select className="input" value={limit} onChange={(event) => setLimit(event.target.value)}>
        {limits.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  </div>
);

const SqlPage = () => {
  const [asked, setAsked] = useUrlState('sql');
  const [limit, setLimit] = useUrlState('limit', '1000');
  const [text, setText] = useState(asked);
  const editor = useRef<HTMLTextAreaElement>(null);
  const run = useRun();
  const { sqlRole } = useSession();
  const may = useMay(sqlRole ?? 'admin') && sqlRole !== null;
  const start = (): void => {
    if (text.trim() === '') return;
    setAsked(text);
    run.mutate({ sql: text, limit: Number(limit) });
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) start();
  };
  const insert = (name: string): void => {
    const field = editor.current;
    field?.focus();
    const [from, to] = [field?.selectionStart ?? text.length, field?.selectionEnd ?? text.length];
    setText(
      text === '' ? `SELECT * FROM ${name} LIMIT 100` : text.slice(0, from) + name + text.slice(to),
    );
  };
  if (!may)
    return (
      <Page title="SQL">
        <Blank
          icon="lock"
          title={sqlRole === null ? 'SQL is switched off here' : `SQL needs the role ${sqlRole}`}
        />
      </Page>
    );
  const gaveUp = run.error?.name === 'AbortError';
  return (
    <Page
      title="SQL"
      lead="One read-only query against ClickHouse, with limits on time and memory."
    >
      <div className="sql-grid">
        <div className="stack">
          <section className="card" aria-label="Query">
            <textarea
              ref={editor}
              className="input sql-editor"
              aria-label="SQL"
              aria-keyshortcuts="Control+Enter"
              spellCheck={false}
              autoCapitalize="off"
              placeholder="SELECT …"
              value={text}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={onKey}
            />
            <Foot
              running={run.isPending}
              ready={text.trim() !== ''}
              limit={limit}
              setLimit={setLimit}
              start={start}
              stop={run.stop}
            />
            <SqlForecast sql={text} limit={Number(limit)} />
          </section>
          {run.isPending && <Skeleton />}
          {run.error !== null && !run.isPending && (
            <Notice tone={gaveUp ? 'info' : 'bad'}>
              {gaveUp ? 'Stopped.' : run.error.message}
              {run.error instanceof ApiError && <span className="mono"> {run.error.code}</span>}
            </Notice>
          )}
          {run.data !== undefined && !run.isPending && <SqlAnswer result={run.data} />}
        </div>
        <Side insert={insert} replace={setText} />
      </div>
    </Page>
  );
};

export default SqlPage;
