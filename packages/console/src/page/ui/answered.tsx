/** An answer of the service in each of its states: on its way, failed, old, empty, there. */
import type { ReactNode } from 'react';
import type { ApiAnswer } from '../api/use-api.ts';
import { formatClock } from '../format/times.ts';
import { Failure, Skeleton } from './blank.tsx';
import { Notice } from './notice.tsx';

export interface AnsweredProps<T> {
  readonly answer: ApiAnswer<T>;
  readonly children: (data: T) => ReactNode;
  /** Lines of the skeleton. */
  readonly lines?: number;
}

/** Keeps showing what was known when a later question fails, and says that it is old. */
export const Answered = <T,>({ answer, children, lines }: AnsweredProps<T>) => {
  const { data, error } = answer;
  if (data === undefined)
    return error === null ? <Skeleton {...(lines && { lines })} /> : <Failure error={error} />;
  return (
    <>
      {error !== null && (
        <Notice tone="warn">
          Shown as of {formatClock(answer.dataUpdatedAt)}: {error.message}
        </Notice>
      )}
      {children(data)}
    </>
  );
};
