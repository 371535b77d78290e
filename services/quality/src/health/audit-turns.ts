/**
 * One audit of a stream at a time. A round may take one that runs for its own; who asks for one may not, since that may have read the table before
 * what he asks about was done.
 */
export interface AuditTurns<Stream> {
  /** The one that runs, or else a new one. */
  shared(stream: Stream, audit: () => Promise<void>): Promise<void>;
  /** One that begins after this call, and after what runs has ended, however it ends. */
  fresh(stream: Stream, audit: () => Promise<void>): Promise<void>;
}

export const createAuditTurns = <Stream>(): AuditTurns<Stream> => {
  const running = new Map<Stream, Promise<void>>();

  const shared: AuditTurns<Stream>['shared'] = (stream, audit) => {
    const known = running.get(stream);
    if (known !== undefined) return known;
    const ended = audit().finally(() => running.delete(stream));
    running.set(stream, ended);
    return ended;
  };

  return {
    shared,
    fresh: async (stream, audit) => {
      // a round may have begun one in the moment between
      while (running.has(stream)) await running.get(stream)?.catch(() => undefined);
      await shared(stream, audit);
    },
  };
};
