/** The answer of one query, kept current when told so. A query that is no longer wanted is given up, and the service ends it. */
import type { SqlRequest, SqlResult } from '@millrace/operations';
import { useQuery } from '@tanstack/react-query';
import { type ApiError, ask } from '../api/ask.ts';
import type { ApiAnswer } from '../api/use-api.ts';

export interface UseSqlOptions {
  /** Rows at most. */
  readonly limit: number;
  readonly everyMs?: number;
  readonly enabled?: boolean;
}

export const useSql = (sql: string, options: UseSqlOptions): ApiAnswer<SqlResult> =>
  useQuery<SqlResult, ApiError>({
    queryKey: ['/sql', sql, options.limit],
    queryFn: ({ signal }) =>
      ask<SqlResult>('/sql', {
        method: 'POST',
        body: { sql, limit: options.limit } satisfies SqlRequest,
        signal,
      }),
    enabled: options.enabled ?? true,
    retry: false,
    refetchOnWindowFocus: false,
    ...(options.everyMs !== undefined && { refetchInterval: options.everyMs }),
  });
