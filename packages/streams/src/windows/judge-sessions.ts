import type { Flow } from '../flow.ts';
import type { OperatorContext } from '../operator.ts';
import { judgingWatermark, type Reached } from './reached.ts';
import type { SessionWindow } from './window-kinds.ts';

/**
 * Takes the records that are not late, tells of those that are, and leaves out those that have no place. A record is
 * late when a session of its own would have ended, by gap and grace.
 */
export const judgeSessions = (
  operator: () => string,
  { gapMs, graceMs }: SessionWindow,
  context: OperatorContext,
  reached: Reached,
  take: (key: string, flow: Flow) => void,
) => {
  const openMs = gapMs + graceMs;
  return (flow: Flow): void => {
    const { key, timeMs } = flow;
    if (key === null || flow.value === null) {
      context.skip(key === null ? 'no-key' : 'no-value');
      return;
    }
    const watermarkMs = judgingWatermark(flow, reached);
    if (watermarkMs <= timeMs + openMs) {
      take(key, flow);
      return;
    }
    context.late(flow, {
      operator: operator(),
      windowStartMs: timeMs,
      windowEndMs: timeMs,
      lateByMs: watermarkMs - timeMs - openMs - 1,
    });
  };
};
