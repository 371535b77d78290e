/**
 * From the first moment to the exit code: admin port, start, one log line, silence, ordered stop. What the
 * service is configured with, and --help, are run-service.ts.
 */
import { errorCodes, MillraceError } from '@millrace/contracts';
import { type Clock, type Logger, systemClock } from '@millrace/pipeline';
import { type AdminServer, startAdminServer } from './admin-server.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import type { Presence } from './presence.ts';

/** What a service gets from its surroundings. */
export interface Runtime {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** How other processes see that this one lives. */
  readonly presence: Presence;
  /** Aborts when a stop is asked for, also during `start`. */
  readonly signal: AbortSignal;
}

/** A service that has started. */
export interface RunningService {
  /** `true`, or why it cannot take work now (shown by /readyz); `false` gives no reason. */
  ready(): boolean | string;
  /** Ends in order: stop taking work, finish what was taken, disconnect. */
  stop(): Promise<void>;
  /** Settles when the service ends by itself; a rejection is a crash (exit code 1). */
  readonly finished: Promise<void>;
  /** Added to the one line that is logged when the service has started, e.g. `{ url }`. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface LifeOptions {
  readonly name: string;
  readonly logger: Logger;
  readonly adminPort: number;
  readonly stopDeadlineMs: number;
}

/** Exit codes of every service process. */
export const exitCodes = { stopped: 0, failed: 1, misused: 2 } as const;

/** Starts the service and ends the process when it is done; the promise resolves once it has started. */
export const liveUntilStopped = async (
  options: LifeOptions,
  start: (runtime: Runtime) => Promise<RunningService>,
): Promise<void> => {
  const { logger } = options;
  const stopping = new AbortController();
  endOnBugs(logger);
  const stopRequested = stopOnSignals(stopping, logger);
  stopping.signal.addEventListener('abort', () => endWhenOverdue(options), { once: true });

  const metrics = createMetrics(options.name);
  metrics.collectProcess();
  let service: RunningService | undefined;
  const readiness = () => {
    if (stopping.signal.aborted) return 'stopping';
    if (service === undefined) return 'starting';
    const ready = service.ready();
    return ready === false ? 'not ready' : ready;
  };
  let admin: AdminServer | undefined;
  try {
    admin = await startAdminServer({ port: options.adminPort, metrics, readiness });
    const { presence } = admin;
    const { signal } = stopping;
    service = await start({ logger, metrics, presence, clock: systemClock, signal });
  } catch (error) {
    if (stopping.signal.aborted) process.exit(exitCodes.stopped);
    logger.error({ err: error, ...remedyFor(error) }, 'could not start');
    process.exit(isMisuse(error) ? exitCodes.misused : exitCodes.failed);
  }
  logger.info({ adminUrl: admin.url, pid: process.pid, ...service.details }, 'started');

  const crashed = await firstOf(stopRequested, service.finished);
  if (crashed !== undefined) {
    logger.error({ err: crashed.error, ...remedyFor(crashed.error) }, 'crashed');
    process.exit(exitCodes.failed);
  }
  stopping.abort();
  await stopInOrder(logger, service);
  await admin.close();
  logger.info({}, 'stopped');
  process.exit(exitCodes.stopped);
};

/** A wrong setting that shows only when it is used (a project that is not there) is misuse as well. */
const isMisuse = (error: unknown): boolean =>
  error instanceof MillraceError && error.code.startsWith('config.');

/** What a person can do about it, for the line that is read first. */
const remedyFor = (error: unknown): { readonly remedy?: string } =>
  error instanceof MillraceError ? { remedy: errorCodes[error.code].remedy } : {};

/** Resolves with the error when the service ended by a crash. */
const firstOf = (
  stopRequested: Promise<void>,
  finished: Promise<void>,
): Promise<{ readonly error: unknown } | undefined> =>
  Promise.race([
    stopRequested.then(() => undefined),
    finished.then(
      () => undefined,
      (error: unknown) => ({ error }),
    ),
  ]);

const stopInOrder = async (logger: Logger, service: RunningService): Promise<void> => {
  try {
    await service.stop();
  } catch (error) {
    logger.error({ err: error }, 'stop failed');
    process.exit(exitCodes.failed);
  }
};

/** From the moment that a stop is asked for: a start that is under way then is part of it. */
const endWhenOverdue = ({ logger, stopDeadlineMs }: LifeOptions): void => {
  setTimeout(() => {
    logger.error({ stopDeadlineMs }, 'stop took longer than its deadline');
    process.exit(exitCodes.failed);
  }, stopDeadlineMs);
};

const stopOnSignals = (stopping: AbortController, logger: Logger): Promise<void> =>
  new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals) => {
      if (stopping.signal.aborted) {
        logger.error({ signal }, 'second signal: ending at once');
        process.exit(exitCodes.failed);
      }
      stopping.abort(new Error(`stopped by ${signal}`));
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });

const endOnBugs = (logger: Logger): void => {
  const end = (message: string) => (error: unknown) => {
    logger.error({ err: error }, message);
    process.exit(exitCodes.failed);
  };
  process.on('uncaughtException', end('uncaught exception'));
  process.on('unhandledRejection', end('unhandled rejection'));
};
