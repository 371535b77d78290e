/** Letters that a filter leaves, page by page. */
import type { DeadLetter, DeadLetterFilter, DeadLetterPage } from '@millrace/operations';
import { useState } from 'react';
import { Link } from 'wouter';
import { every, useApi } from '../api/use-api.ts';
import { formatBytes } from '../format/numbers.ts';
import { Answered } from '../ui/answered.tsx';
import { Blank } from '../ui/blank.tsx';
import { Condition } from '../ui/condition.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Ago } from '../ui/time.tsx';
import { pathOf } from '../url-state.ts';

/** `topic / 3 @ 1200`, as far as it is known. */
export const originOf = ({ topic, partition, offset }: DeadLetter): string =>
  [topic, partition !== null && `/ ${partition}`, offset !== null && `@ ${offset}`]
    .filter(Boolean)
    .join(' ');

/** What the stage says besides its service: `stream-transform delays_by_airport` of a transform, `sink` of the sink. */
const stageOf = ({ service, stage }: DeadLetter): string =>
  (stage ?? '').replace(service, '').trim();

const columns: readonly Column<DeadLetter>[] = [
  {
    id: 'message',
    header: 'Letter',
    kind: 'wide',
    value: ({ message }) => message,
    cell: ({ id, code, message }) => (
      <>
        <Link href={pathOf('dead', id)}>
          <code>{code}</code>
        </Link>
        <small>{message}</small>
      </>
    ),
  },
  {
    id: 'service',
    header: 'Service',
    value: ({ service }) => service,
    cell: (letter) => (
      <>
        {letter.service}
        {stageOf(letter) !== '' && <small>{stageOf(letter)}</small>}
      </>
    ),
  },
  {
    id: 'origin',
    header: 'Came from',
    value: originOf,
    cell: (letter) => <span className="mono">{originOf(letter)}</span>,
  },
  {
    id: 'key',
    header: 'Key',
    value: ({ keyText }) => keyText,
    cell: ({ keyText }) => <span className="mono">{keyText ?? '–'}</span>,
  },
  {
    id: 'size',
    header: 'Size',
    kind: 'end',
    value: ({ valueBytes }) => valueBytes,
    cell: ({ valueBytes }) => formatBytes(valueBytes),
  },
  {
    id: 'state',
    header: 'State',
    value: ({ redrivenAtMs }) => redrivenAtMs ?? 0,
    cell: ({ redrives, redrivenAtMs }) =>
      redrivenAtMs === null ? (
        <Condition state="warn">waiting</Condition>
      ) : (
        <>
          <Condition state="ok">sent again</Condition>
          {redrives > 1 && <small>{redrives} times</small>}
        </>
      ),
  },
  {
    id: 'at',
    header: 'When',
    kind: 'end',
    value: ({ atMs }) => atMs,
    cell: ({ atMs }) => <Ago atMs={atMs} />,
  },
];

export const DeadLetterList = ({ filter }: { filter: DeadLetterFilter }) => {
  // where each page began, so that one can go back
  const [pages, setPages] = useState<readonly string[]>([]);
  const next = pages.at(-1);
  const letters = useApi<DeadLetterPage>(
    '/dead-letters',
    { ...filter, next },
    { everyMs: every.calm, keep: true },
  );
  return (
    <Answered answer={letters}>
      {(page) => (
        <>
          <DataTable
            label="Dead letters"
            columns={columns}
            rows={page.letters}
            rowKey={({ id }) => id}
            sort="at.desc"
            empty={
              <Blank icon="dead" title="No letter is like this">
                <p>Choose all letters, or another filter.</p>
              </Blank>
            }
          />
          {(pages.length > 0 || page.next !== null) && (
            <div className="table-more row">
              {pages.length > 0 && (
                <button
                  type="button"
                  className="button"
                  onClick={() => setPages(pages.slice(0, -1))}
                >
                  Newer
                </button>
              )}
              {page.next !== null && (
                <button
                  type="button"
                  className="button"
                  onClick={() => setPages([...pages, page.next ?? ''])}
                >
                  Older
                </button>
              )}
            </div>
          )}
        </>
      )}
    </Answered>
  );
};
