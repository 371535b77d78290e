/** What a query would read, and under which limits, before it is run; or that it would be refused, and why. */
import type { SqlEstimate, SqlRequest } from '@millrace/operations';
import { useQuery } from '@tanstack/react-query';
import { type ApiError, ask } from '../api/ask.ts';
import { formatBytes, formatCount, formatShort } from '../format/numbers.ts';
import { formatMs } from '../format/times.ts';
import { Icon } from '../ui/icon.tsx';
import { useSettled } from '../ui/use-settled.ts';
import { forecastText } from './forecast-text.ts';

const pauseMs = 400;
const freshMs = 30_000;

/** Asked when the text has stood still; of a text that changes nothing is known. */
const useEstimate = (sql: string, limit: number) => {
  const settled = useSettled(sql, pauseMs);
  const isSettled = settled === sql && sql.trim() !== '';
  const answer = useQuery<SqlEstimate, ApiError>({
    queryKey: ['/sql/estimate', sql, limit],
    queryFn: ({ signal }) =>
      ask<SqlEstimate>('/sql/estimate', {
        method: 'POST',
        body: { sql, limit } satisfies SqlRequest,
        signal,
      }),
    enabled: isSettled,
    ...{ retry: false, staleTime: freshMs, refetchOnWindowFocus: false },
  });
  return { isSettled, ...answer };
};

const Limits = ({ limits }: Pick<SqlEstimate, 'limits'>) => (
  <span className="muted">
    At most {limits.timeMs === null ? 'no limit of time' : formatMs(limits.timeMs)},{' '}
    {limits.memoryBytes === null ? 'no limit of' : formatBytes(limits.memoryBytes)} memory,{' '}
    {formatCount(limits.rows)} rows answered
  </span>
);

const Known = ({ estimate }: { estimate: SqlEstimate }) => {
  const { tone, text } = forecastText(estimate);
  return (
    <>
      <span className="sql-forecast" data-tone={tone}>
        {tone !== 'plain' && <Icon name={tone} size={14} />}
        <span>{text}</span>
      </span>
      {estimate.refused === null && <Limits limits={estimate.limits} />}
      {estimate.tables.length > 1 && (
        <span className="muted">
          {estimate.tables
            .map(({ table, rows }) => `${table}: ${formatShort(rows)} rows`)
            .join(' · ')}
        </span>
      )}
    </>
  );
};

export const SqlForecast = ({ sql, limit }: { sql: string; limit: number }) => {
  const { data, error, isSettled } = useEstimate(sql, limit);
  if (sql.trim() === '') return null;
  return (
    <div className="sql-forecasts" role="status" aria-label="What it would read">
      {isSettled && data !== undefined && <Known estimate={data} />}
      {isSettled && error !== null && <span className="muted">No estimate: {error.message}</span>}
      {(!isSettled || (data === undefined && error === null)) && (
        <span className="muted">Estimating …</span>
      )}
    </div>
  );
};
