/**
 * Starts a part again that ended by itself, on its old port and data; gives up when one keeps ending. Parts that are
 * stopped or killed on purpose are not its affair: the stack does not report those as failed.
 */
import { MillraceError } from '@millrace/contracts';
import type { RunningStack, StackPart, StackProgress } from '@millrace/stack';

export interface Supervisor {
  observe(progress: StackProgress): void;
  /** Resolves with the reason when a part has ended too often or cannot be started again. */
  superviseRestarts(stack: Pick<RunningStack, 'restart'>): Promise<MillraceError>;
}

const restartsMax = 3;
const windowMs = 60_000;

/** @param say told in one sentence what happened */
export function createSupervisor(
  say: (sentence: string) => void,
  nowMs: () => number = Date.now,
): Supervisor {
  const endings: { readonly part: StackPart; readonly atMs: number }[] = [];
  let onFailure: (part: StackPart, detail: string) => void = () => undefined;

  return {
    observe: ({ part, state, detail }) => {
      if (state === 'failed' && part !== 'download') onFailure(part, detail ?? '');
    },
    superviseRestarts: (stack) =>
      new Promise((giveUp) => {
        onFailure = (part, detail) => {
          endings.push({ part, atMs: nowMs() });
          const recent = endings.filter(
            (ending) => ending.part === part && ending.atMs > nowMs() - windowMs,
          );
          if (recent.length > restartsMax) {
            giveUp(
              new MillraceError(
                'stack.part-failed',
                `${detail}; it ended ${recent.length} times within a minute, so the stack stops.`,
              ),
            );
            return;
          }
          say(`${detail.replace(/\.$/, '')}; ${part} is started again.`);
          stack.restart(part).catch((error: unknown) => {
            giveUp(
              error instanceof MillraceError
                ? error
                : new MillraceError('stack.part-failed', String(error), { cause: error }),
            );
          });
        };
      }),
  };
}
