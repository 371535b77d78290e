/** The routes that count a stream again on demand, and what is done for it. */
import { MillraceError } from '@millrace/contracts';
import type { StreamCheck, StreamHealth } from '@millrace/operations';
import { type DimensionStep, dimensionSteps } from '@millrace/reconcile';
import type { FastifyInstance } from 'fastify';
import { askerOf } from '../audit/audit.ts';
import type { PartContext } from '../part.ts';
import { createStreamChecks, type StreamChecks } from './check-streams.ts';
import { checkable } from './checkable.ts';
import type { DimensionMatching } from './match-dimensions.ts';
import type { StreamWatches } from './watch-streams.ts';
import type { WatchedStream } from './watched-stream.ts';

export interface CheckRoutesOptions {
  readonly watched: Pick<StreamWatches, 'audit'>;
  readonly dimensions: Pick<DimensionMatching, 'match'> | undefined;
  healthOf(stream: WatchedStream): StreamHealth;
}

const stepTexts: Readonly<Record<DimensionStep, string>> = {
  read: 'the capture has to have read the table',
  source: 'PostgreSQL adds up its table',
  landing: 'the sink comes to the same moment',
  target: 'ClickHouse adds up its table',
  rows: 'rows that differ are compared',
};

export const createChecks = (
  { audit, clock, logger, signal }: PartContext,
  { watched, dimensions, healthOf }: CheckRoutesOptions,
): StreamChecks =>
  createStreamChecks({
    ...{ audit, clock, logger },
    work: async (stream, tell) => {
      if (isCounted(stream)) return watched.audit(stream, tell);
      await dimensions?.match(stream, signal, (step) =>
        tell(stepTexts[step], dimensionSteps.indexOf(step) / dimensionSteps.length),
      );
    },
    result: (stream) => {
      const { counts, dimension } = healthOf(stream);
      return isCounted(stream) ? { counts, dimension: null } : { counts: null, dimension };
    },
  });

const isCounted = ({ contract }: WatchedStream): boolean => contract.warehouse.role === 'fact';

/** @param streamOf throws for what is no stream */
export const checkRoutes = (
  server: FastifyInstance,
  { config }: Pick<PartContext, 'config'>,
  checks: StreamChecks,
  streamOf: (id: string) => WatchedStream,
): void => {
  const told = (stream: WatchedStream): StreamCheck => ({
    ...{ contract: stream.contract.id, ...checkable(stream, config) },
    last: checks.last(stream) ?? null,
  });
  server.get<{ Params: { id: string } }>(
    '/streams/:id/check',
    { config: { role: 'viewer' } },
    ({ params }) => told(streamOf(params.id)),
  );
  server.post<{ Params: { id: string } }>(
    '/streams/:id/check',
    { config: { role: 'operator' } },
    async (request, reply): Promise<StreamCheck> => {
      const stream = streamOf(request.params.id);
      const { kind, why } = checkable(stream, config);
      if (kind === null)
        throw new MillraceError('operations.request-invalid', why ?? 'It cannot be counted.');
      await checks.start(stream, askerOf(request));
      reply.status(202);
      return told(stream);
    },
  );
};
