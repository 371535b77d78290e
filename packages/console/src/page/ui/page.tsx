/** The head of every page: what it is, whether it is current, and what can be done here. */
import { type ReactNode, useEffect } from 'react';
import type { ApiAnswer } from '../api/use-api.ts';
import { formatAgo } from '../format/times.ts';
import { useNow } from './time.tsx';

export interface PageProps {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly crumbs?: ReactNode;
  /** The answer whose age is told. */
  readonly live?: Pick<ApiAnswer<unknown>, 'dataUpdatedAt' | 'error'>;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** Two polls missed, and a little. */
const staleMs = 45_000;

const Live = ({ dataUpdatedAt, error }: Pick<ApiAnswer<unknown>, 'dataUpdatedAt' | 'error'>) => {
  const now = useNow();
  if (dataUpdatedAt === 0) return null;
  const stale = error !== null || now - dataUpdatedAt > staleMs;
  const text = stale ? `Last heard ${formatAgo(dataUpdatedAt, now)}` : 'Live';
  return (
    <span className="live" data-stale={stale}>
      {text}
    </span>
  );
};

export const Page = ({ title, lead, crumbs, live, actions, children }: PageProps) => {
  useEffect(() => {
    document.title = `${title} · Millrace`;
  }, [title]);
  return (
    <div className="stack">
      <div className="page-head">
        <div>
          {crumbs !== undefined && (
            <nav className="crumbs" aria-label="Above">
              {crumbs}
            </nav>
          )}
          <h1>{title}</h1>
          {lead !== undefined && <p>{lead}</p>}
        </div>
        <div className="row wrap">
          {live !== undefined && <Live {...live} />}
          {actions}
        </div>
      </div>
      {children}
    </div>
  );
};
