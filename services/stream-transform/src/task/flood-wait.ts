/** A task's wait while most of its records would be dead letters, and its end. What counts as that is `flood-tally.ts`. */
import { MillraceError } from '@millrace/contracts';
import { type Clock, type Logger, pauseMs } from '@millrace/pipeline';
import type { FloodTally } from './flood-tally.ts';

export interface FloodWait {
  /** Undefined while the task does not wait. */
  readonly waitsFor: string | undefined;
  /**
   * Before a commit. Throws `transform.mostly-dead`; else what is given up is told, and a wait is over when records
   * went well.
   */
  pass(): void;
  /** The flood that the work met; undefined when it went well. Every other failure is thrown on. */
  during(work: () => Promise<unknown>): Promise<MillraceError | undefined>;
  /** Tells of it, looks for an order, and pauses; longer each time. Rejects when the signal aborts. */
  pause(error: MillraceError, signal: AbortSignal): Promise<void>;
}

export interface FloodWaitOptions {
  readonly name: string;
  readonly tally: FloodTally;
  readonly events: {
    dead(topic: string, code: string, records: number): void;
    held(): void;
  };
  readonly clock: Clock;
  readonly logger: Logger;
}

const RETRY = { initialMs: 200, multiplier: 2, maxMs: 10_000, jitter: 0.3 } as const;

export const createFloodWait = ({
  name,
  tally,
  events,
  clock,
  logger,
}: FloodWaitOptions): FloodWait => {
  let tries = 0;
  let waitsFor: string | undefined;
  return {
    get waitsFor() {
      return waitsFor;
    },
    pass: () => {
      tally.check();
      const { records, dead } = tally.passed();
      for (const one of dead) events.dead(one.topic, one.code, one.records);
      if (records === 0) return;
      tries = 0;
      waitsFor = undefined;
    },
    during: async (work) => {
      try {
        await work();
        return undefined;
      } catch (error) {
        if (error instanceof MillraceError && error.code === 'transform.mostly-dead') return error;
        throw error;
      }
    },
    pause: async (error, signal) => {
      tries += 1;
      waitsFor = error.message;
      if (tries === 1) logger.error({ task: name, code: error.code }, error.message);
      events.held();
      await tally.waits();
      await clock.sleep(pauseMs(RETRY, tries), signal);
    },
  };
};
