/** What the service says, kept current: asked again every few seconds while the tab is seen. */

import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { type ApiError, ask, type Values } from './ask.ts';

export interface UseApiOptions<T> {
  /** From one answer to the next question, ms, or by what was answered last; asked once when left out. */
  readonly everyMs?: number | ((data: T | undefined) => number);
  readonly enabled?: boolean;
  /** Shows the former answer until a question with other values is answered. */
  readonly keep?: boolean;
}

export interface ApiAnswer<T> {
  readonly data: T | undefined;
  readonly error: ApiError | null;
  /** When `data` was answered, ms since 1970; 0 before. */
  readonly dataUpdatedAt: number;
  readonly isPlaceholderData: boolean;
  refetch(): unknown;
}

/** How often views ask, ms: what moves by itself, what changes now and then, what costs the service a query. */
export const every = { live: 2_000, calm: 5_000, slow: 20_000 } as const;

/** @param path below `/api/v1`; with `values` it names what is asked */
export const useApi = <T>(
  path: string,
  values: Values = {},
  options: UseApiOptions<T> = {},
): ApiAnswer<T> => {
  const { everyMs } = options;
  return useQuery<T, ApiError>({
    queryKey: [path, values],
    queryFn: ({ signal }) => ask<T>(path, { values, signal }),
    enabled: options.enabled ?? true,
    ...(everyMs !== undefined && {
      refetchInterval: typeof everyMs === 'number' ? everyMs : ({ state }) => everyMs(state.data),
    }),
    ...(options.keep === true && { placeholderData: keepPreviousData }),
    // the next poll tries anew; until then what went wrong is told
    retry: false,
  });
};

/** Marks what was answered at these paths as old, so that what is on the page is asked anew. */
export const useRefresh = () => {
  const client = useQueryClient();
  return useCallback(
    (...paths: readonly string[]) =>
      client.invalidateQueries({
        predicate: ({ queryKey }) => paths.some((path) => String(queryKey[0]).startsWith(path)),
      }),
    [client],
  );
};
