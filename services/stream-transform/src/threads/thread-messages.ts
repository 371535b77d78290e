import type { MetricsSnapshot, Presence } from '@millrace/runtime';
import type { TransformConfig } from '../config.ts';
import type { DescribedTask, StateAnswer, StateQuestion } from '../queries/state-question.ts';
import type { MemberSelf } from '../run-transform.ts';
import type { PortableError } from './portable-error.ts';

/** What a thread begins with. */
export interface ThreadData {
  /** Counted from 0. */
  readonly thread: number;
  /** With the transforms that may run and the directory of this thread's state. */
  readonly config: TransformConfig;
  readonly self: MemberSelf;
  /** Of the process; what a thread tells goes by the main one. */
  readonly presence: Pick<Presence, 'identity' | 'port'>;
}

export type ToThread =
  /** Also while it starts; it ends in order, and says nothing more. */
  | { readonly kind: 'stop' }
  | { readonly kind: 'measure' }
  | { readonly kind: 'ask'; readonly id: number; readonly question: StateQuestion }
  | { readonly kind: 'describe'; readonly id: number };

export type FromThread =
  | { readonly kind: 'started' }
  | { readonly kind: 'ready'; readonly ready: boolean | string }
  /** For the processes that watch this one. */
  | { readonly kind: 'told'; readonly line: string }
  | { readonly kind: 'measured'; readonly snapshot: MetricsSnapshot }
  | { readonly kind: 'answered'; readonly id: number; readonly answer: StateAnswer }
  | { readonly kind: 'described'; readonly id: number; readonly tasks: readonly DescribedTask[] }
  | { readonly kind: 'failed'; readonly error: PortableError };
