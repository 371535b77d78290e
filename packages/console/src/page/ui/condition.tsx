/** How well something is: by word and shape first, by colour as well. */
import type { ConditionState } from '@millrace/operations';
import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';

const words: Readonly<Record<ConditionState, string>> = {
  ok: 'OK',
  warn: 'Warning',
  bad: 'Bad',
  unknown: 'Unknown',
};

/** For sorting: the gravest first when descending. */
export const gravity: Readonly<Record<ConditionState, number>> = {
  ok: 0,
  unknown: 1,
  warn: 2,
  bad: 3,
};

export interface ConditionProps {
  readonly state: ConditionState;
  /** In place of the state's own word. */
  readonly children?: ReactNode;
}

export const Condition = ({ state, children }: ConditionProps) => (
  <span className="badge" data-condition={state}>
    <Icon name={state} size={12} />
    {children ?? words[state]}
  </span>
);
