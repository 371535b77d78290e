/** When a rule is due: cron in UTC, by croner. Time is given, so that it can be told without waiting. */
import { Cron } from 'croner';

/** Undefined when the expression is a schedule; else what is wrong with it. */
export const scheduleFault = (cron: string): string | undefined => {
  try {
    return nextDueMs(cron, 0) === undefined ? 'It never comes due.' : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** The first moment after this one, ms since 1970; undefined when there is none. Throws for what is no schedule. */
export const nextDueMs = (cron: string, afterMs: number): number | undefined =>
  new Cron(cron, { timezone: 'UTC', paused: true }).nextRun(new Date(afterMs))?.getTime();
