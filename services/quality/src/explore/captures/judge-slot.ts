/** What a slot's figures mean: whether it is behind, whether it will be lost and when. Pure. */
import type { ConditionState } from '@millrace/operations';
import type { Condition } from '../../conditions/condition-board.ts';
import type { SlotFigures } from './read-slots.ts';

export interface SlotLimits {
  readonly slotLagBytes: number;
  readonly slotExhaustionMs: number;
}

export interface JudgedSlot {
  readonly condition: ConditionState;
  readonly exhaustionSeconds: number | null;
  /** Without the key, which is the server's and the slot's. */
  readonly conditions: readonly Pick<Condition, 'name' | 'severity' | 'summary'>[];
}

/** Of the time within which a loss is told of, the share within which it is critical. */
const criticalShare = 1 / 6;
const isGone = (status: string | null): boolean => status === 'lost';

/** @param growth bytes a second by which it keeps more; null when not known */
export const judgeSlot = (
  figures: SlotFigures,
  growth: number | null,
  limits: SlotLimits,
): JudgedSlot => {
  const { budgetBytes, walStatus, behindBytes, active } = figures;
  const exhaustionSeconds =
    budgetBytes === null || growth === null || growth <= 0
      ? null
      : Math.max(0, budgetBytes) / growth;
  const conditions: Pick<Condition, 'name' | 'severity' | 'summary'>[] = [];
  const lost = lossOf(figures, exhaustionSeconds, limits.slotExhaustionMs);
  if (lost !== undefined) conditions.push({ name: 'SlotWillBeLost', ...lost });
  if (!isGone(walStatus) && behindBytes !== null && behindBytes >= limits.slotLagBytes)
    conditions.push({
      ...{ name: 'SlotLagging', severity: 'warning' },
      summary: `${megabytes(behindBytes)} behind${active ? '' : '; nobody reads it'}`,
    });
  const condition = conditions.some(({ severity }) => severity === 'critical')
    ? 'bad'
    : conditions.length > 0
      ? 'warn'
      : 'ok';
  return { condition, exhaustionSeconds, conditions };
};

const lossOf = (
  { walStatus, retainedBytes, budgetBytes }: SlotFigures,
  exhaustionSeconds: number | null,
  withinMs: number,
): Pick<Condition, 'severity' | 'summary'> | undefined => {
  if (isGone(walStatus))
    return { severity: 'critical', summary: 'it is lost: the log that it needs is gone' };
  if (walStatus === 'unreserved')
    return {
      severity: 'critical',
      summary: 'it keeps more log than it may: the next checkpoint ends it',
    };
  if (exhaustionSeconds === null || exhaustionSeconds * 1000 > withinMs) return undefined;
  return {
    severity: exhaustionSeconds * 1000 <= withinMs * criticalShare ? 'critical' : 'warning',
    summary: `it keeps ${megabytes(retainedBytes ?? 0)} of log and is lost with ${megabytes(budgetBytes ?? 0)} more, in ${Math.round(exhaustionSeconds / 60)} min at this rate`,
  };
};

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`;
