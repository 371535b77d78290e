/** The routes that send again: what a redrive would do, its begin, how far it is, its end. */
import { MillraceError } from '@millrace/contracts';
import type { RedriveReport, RedriveRequest } from '@millrace/operations';
import type { FastifyInstance } from 'fastify';
import type { PartContext } from '../../part.ts';
import { filterProperties } from '../letter-routes.ts';
import { countLetters } from '../read-letters.ts';
import { dryRun, filterFor } from './dry-run.ts';
import { newRedriveId } from './land-again.ts';
import { homeOf, type RedriveJob, reportOf } from './redrive-job.ts';
import type { Redrives } from './run-redrives.ts';
import type { ProjectGraphs } from './transform-obstacle.ts';

const PER_SECOND = 100;
const MOST = 10_000;
const REDRIVES_MAX = 3;

const count = (maximum: number) => ({ type: 'integer', minimum: 1, maximum }) as const;
const body = {
  type: 'object',
  additionalProperties: false,
  required: ['filter', 'dryRun', 'reason'],
  properties: {
    filter: { type: 'object', additionalProperties: false, properties: filterProperties },
    ids: { type: 'array', maxItems: 1000, items: { type: 'string', maxLength: 200 } },
    dryRun: { type: 'boolean' },
    ...{ perSecond: count(10_000), most: count(1_000_000), redrivesMax: count(100) },
    again: { type: 'boolean' },
    reason: { type: 'string', minLength: 1, maxLength: 1000 },
  },
} as const;

const requestOf = ({ dryRun: _, ids, ...asked }: RedriveRequest): RedriveJob['request'] => ({
  ...{ perSecond: PER_SECOND, most: MOST, redrivesMax: REDRIVES_MAX, again: false, ...asked },
  ...(ids !== undefined && { ids }),
});

export type RedriveContext = PartContext & Pick<ProjectGraphs, 'graphs'>;

export const redriveRoutes = (
  server: FastifyInstance,
  context: RedriveContext,
  redrives: Redrives,
): void => {
  const { audit, clickhouse, clock } = context;
  const operator = { config: { role: 'operator' } } as const;
  server.post<{ Body: RedriveRequest }>(
    '/dead-letters/redrive',
    { ...operator, schema: { body } },
    async (request, reply): Promise<RedriveReport> => {
      const asked = requestOf(request.body);
      const nowMs = clock.nowMs();
      const by = request.actor?.name ?? 'anybody';
      if (request.body.dryRun) {
        const { graphs, project } = context;
        const { contracts } = project;
        return dryRun({ clickhouse, graphs, contracts }, asked, by, nowMs);
      }
      const id = newRedriveId(nowMs);
      const { reason, ...what } = asked;
      const detail = `${reason} ${JSON.stringify(what)}`.slice(0, 2_000);
      const begun = {
        action: 'redrive dead-letters',
        subject: id,
        detail,
        outcome: 'begun',
      } as const;
      const auditId = await audit.record(request, begun);
      const job: RedriveJob = {
        ...{
          id,
          home: homeOf(context.config.clickhouseUrl),
          request: asked,
          by,
          role: request.actor?.role ?? 'operator',
          auditId,
        },
        ...{ state: 'running', sent: 0, refused: {}, byReason: {}, batch: 0 },
        matched: await countLetters(clickhouse, filterFor(asked), asked.ids),
        ...{ startedMs: nowMs, endedMs: null },
      };
      await redrives.add(job);
      reply.status(202);
      return reportOf(job);
    },
  );
  server.get('/dead-letters/redrives', { config: { role: 'viewer' } }, async () => ({
    redrives: (await redrives.all()).slice(0, 100).map(reportOf),
  }));
  server.get<{ Params: { id: string } }>(
    '/dead-letters/redrives/:id',
    { config: { role: 'viewer' } },
    async ({ params }) => {
      const job = (await redrives.all()).find(({ id }) => id === params.id);
      if (job !== undefined) return reportOf(job);
      throw new MillraceError('operations.unknown', `There is no redrive ${params.id}.`);
    },
  );
  server.post<{ Params: { id: string } }>(
    '/dead-letters/redrives/:id/stop',
    operator,
    async (request, reply) => {
      const { id } = request.params;
      const isStopped = await audit.action(request, { action: 'stop redrive', subject: id }, () =>
        redrives.stop(id),
      );
      if (isStopped) return reply.status(204).send();
      throw new MillraceError('operations.unknown', `No redrive ${id} is running.`);
    },
  );
};
