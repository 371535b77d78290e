export { type Clock, systemClock } from './clock.ts';
export { compose } from './compose.ts';
export { type Logger, silentLogger } from './logger.ts';
export {
  type DeadLetter,
  type Drop,
  deadLetter,
  drop,
  type Ok,
  type Outcome,
  ok,
  type Redirect,
  redirect,
  type Stopped,
} from './outcome.ts';
export { pauseMs, type RetryNotice, type RetryPolicy, retry } from './retry.ts';
export type { Step, SyncStep } from './step.ts';
