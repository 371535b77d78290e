/**
 * What can end a snapshot from outside: the service is to stop, or the slot is lost while its log is held back. Sessions
 * are closed then, whatever they are waiting for.
 */
import { MillraceError } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import type { CdcMetrics } from '../metrics.ts';
import { observeSource } from '../source/observe-source.ts';
import type { SourceConnection } from '../source/source-connection.ts';

export interface WatchOptions {
  readonly control: SourceConnection;
  readonly slotName: string;
  readonly metrics: CdcMetrics;
  readonly logger: Logger;
  readonly nowMs: Clock['nowMs'];
  readonly signal: AbortSignal;
  /** Whether a lost slot is a reason to begin anew instead of stopping. */
  readonly mayBeginAnew: boolean;
}

export interface SnapshotWatch {
  /** It is closed at the end, or when the snapshot is given up; throws when it was given up before. */
  readonly opened: (connection: SourceConnection) => void;
  /** From here on the slot is looked at. */
  slotMade(): void;
  /** From here on a stop waits a moment for the round to end. */
  writing(): void;
  /** The outcome of `work`, or why it was given up; every session is closed. */
  over<T>(work: Promise<T>): Promise<T>;
}

/** What is read in a chunk may be written before all is torn down. */
const GRACE_MS = 3000;

/** A server process that waits for others' transactions does not notice that nobody listens any more. */
const endProcess = (control: SourceConnection, { client }: SourceConnection): Promise<unknown> =>
  control
    .query('select pg_terminate_backend($1)', [Reflect.get(client, 'processID')])
    .catch(() => undefined);

export const watchSnapshot = (options: WatchOptions): SnapshotWatch => {
  const { control, signal } = options;
  const connections: SourceConnection[] = [];
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  let observer: { stop(): void } | undefined;
  let grace: NodeJS.Timeout | undefined;
  let isWriting = false;
  let givenUp: MillraceError | undefined;

  const giveUp = (reason: MillraceError): void => {
    givenUp = reason;
    broken.reject(reason);
    for (const connection of connections) void endProcess(control, connection);
  };
  const onAbort = (): void => {
    const stop = () =>
      giveUp(
        new MillraceError('cdc.source-unavailable', 'the snapshot was stopped', {
          retryable: true,
        }),
      );
    if (isWriting) grace = setTimeout(stop, GRACE_MS);
    else stop();
  };
  control.lost.catch((error: unknown) => broken.reject(error));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();

  return {
    opened: (connection) => {
      connections.push(connection);
      if (givenUp === undefined) return;
      void connection.close();
      throw givenUp;
    },
    slotMade: () => {
      observer = observeSource({
        ...options,
        waitingBytes: () => ({ memory: 0, disk: 0 }),
        lost: (why) =>
          giveUp(
            new MillraceError('cdc.slot-lost', `${why}, in the middle of the snapshot`, {
              retryable: options.mayBeginAnew,
            }),
          ),
      });
    },
    writing: () => {
      isWriting = true;
    },
    over: async (work) => {
      try {
        return await Promise.race([work, broken.promise]);
      } finally {
        signal.removeEventListener('abort', onAbort);
        clearTimeout(grace);
        observer?.stop();
        await Promise.all(connections.map((connection) => connection.close()));
        // what it had in hand ends with its sessions; nobody else may write meanwhile
        await work.catch(() => undefined);
      }
    },
  };
};
