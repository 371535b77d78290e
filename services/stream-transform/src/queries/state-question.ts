import type { RunningService } from '@millrace/runtime';

/** What may be asked of the state of a transform, and how it is answered: by a thread, a process, or over HTTP. */
export interface StateQuestion {
  readonly transform: string;
  readonly store: string;
  readonly key: string;
  /** Of stores by time: from this time, ms since 1970 UTC. */
  readonly fromMs?: number;
  /** Up to, not including, this time. */
  readonly toMs?: number;
  /** Entries at most. */
  readonly limit: number;
  /** A copy that stands by may answer, with what it has. */
  readonly stale?: boolean;
}

/** An HTTP status and its body, made of plain values and bigints. */
export interface StateAnswer {
  readonly status: 200 | 404 | 421 | 503;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A service whose state can be asked for. */
export interface QueriedService extends RunningService {
  readonly ask: Ask;
  /** The tasks that are here, and the copies of others. */
  tasks(): Promise<readonly DescribedTask[]>;
}

/** A task, or a copy of the state of one, as an instance tells of it. */
export interface DescribedTask {
  readonly transform: string;
  readonly stage: number;
  readonly partition: number;
  readonly role: 'active' | 'standby';
  /** Of a task: input that is not processed; of a copy: changelog records that it lacks. Null while it is not known. */
  readonly lagRecords: number | null;
}

/** What can answer for the tasks that it has. */
export type Ask = (question: StateQuestion) => Promise<StateAnswer>;

/** Of several that may have the task: whoever knows most. */
export const bestAnswer = (answers: readonly StateAnswer[]): StateAnswer =>
  [...answers].sort((one, other) => rank(one) - rank(other))[0]!;

/** A value, that there is none, soon, elsewhere. A name that nobody knows is one that nobody knows. */
const rank = ({ status, body }: StateAnswer): number => {
  if (status === 200) return 0;
  if (status === 404) return 'partition' in body ? 1 : 4;
  return status === 503 ? 2 : 3;
};
