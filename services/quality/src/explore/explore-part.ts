/** What one may look into: tables, captures, transforms, and statements of one's own. Each is a folder; here are the routes. */
import { createClickHouse } from '@millrace/clickhouse';
import { MillraceError } from '@millrace/contracts';
import type { Role, SqlEstimate, SqlRequest, SqlResult } from '@millrace/operations';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { askerOf } from '../audit/audit.ts';
import type { Part, PartContext } from '../part.ts';
import { watchCaptures } from './captures/watch-captures.ts';
import { readableTables } from './sql/readable-tables.ts';
import { createSqlBox, type SqlBox, type SqlQuestion } from './sql/sql-box.ts';
import { watchTables } from './tables/watch-tables.ts';
import {
  type LagReader,
  openTransforms,
  type TransformReader,
} from './transforms/transform-reader.ts';

const measured = <Report>(report: Report | undefined, what: string): Report => {
  if (report !== undefined) return report;
  throw new MillraceError('operations.not-measured', `No round over ${what} has ended well yet.`, {
    retryable: true,
  });
};

/** @param lag knows how far groups are behind; undefined: nobody does */
export const createExplorePart = async (
  context: PartContext,
  lag: LagReader | undefined,
): Promise<Part & Pick<TransformReader, 'graphs'>> => {
  const { config, project, clickhouse, clock, logger } = context;
  const urls = [...new Set([config.postgresUrl, ...config.postgresUrls])].filter(
    (url) => url !== undefined,
  );
  const tables = watchTables(context);
  const captures = watchCaptures({ ...context, urls });
  const transforms = await openTransforms(project, lag, logger);
  const reader = config.sqlUrl === undefined ? undefined : createClickHouse({ url: config.sqlUrl });
  const box = createSqlBox({
    ...{ clickhouse, reader, readable: readableTables(project.contracts) },
    ...{ timeMs: config.sqlTimeMs, memoryBytes: config.sqlMemoryBytes },
  });

  return {
    graphs: transforms.graphs,
    watches: [tables.watch, ...(urls.length > 0 ? [captures.watch] : [])],
    register: (server) => {
      server.get('/tables', () => measured(tables.report, 'the tables'));
      server.get('/captures', () =>
        urls.length === 0
          ? { atMs: clock.nowMs(), captures: [], away: [] }
          : measured(captures.report, 'the slots'),
      );
      server.get('/transforms', () => transforms.report(clock.nowMs()));
      if (config.sqlRole !== 'off') registerSql(server, context, box, config.sqlRole);
    },
    close: async () => {
      await reader?.close();
    },
  };
};

const registerSql = (
  server: FastifyInstance,
  { config, audit, logger }: PartContext,
  box: SqlBox,
  role: Role,
): void => {
  const body = {
    type: 'object',
    additionalProperties: false,
    required: ['sql'],
    properties: {
      sql: { type: 'string', minLength: 1, maxLength: 100_000 },
      limit: { type: 'integer', minimum: 1, maximum: config.sqlRowsMax },
    },
  } as const;
  const route = { config: { role }, schema: { body } } as const;
  type Asked = { Body: SqlRequest };
  const questionOf = (request: FastifyRequest<Asked>, reply: FastifyReply): SqlQuestion => {
    const { sql, limit = Math.min(1000, config.sqlRowsMax) } = request.body;
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    return { sql, limit, role: request.actor?.role ?? 'viewer', signal: gone.signal };
  };
  // it reads nothing, and is asked at each pause in typing: the audit has what was run
  server.post<Asked>(
    '/sql/estimate',
    route,
    (request, reply): Promise<SqlEstimate> => box.estimate(questionOf(request, reply)),
  );
  server.post<Asked>('/sql', route, async (request, reply): Promise<SqlResult> => {
    const question = questionOf(request, reply);
    const asker = askerOf(request);
    const asked = {
      action: 'ask SQL',
      subject: config.sqlUrl === undefined ? 'service' : 'user',
    };
    const note = (outcome: 'done' | 'refused' | 'failed', detail: string) =>
      audit.record(asker, { ...asked, outcome, detail }).catch((error: unknown) => {
        logger.warn({ err: error }, 'a statement could not be recorded');
      });
    try {
      const result = await box.ask(question);
      void note('done', `${result.rowsRead} rows read, ${result.rows.length} given`);
      return result;
    } catch (error) {
      const code = error instanceof MillraceError ? error.code : 'operations.internal';
      void note(code === 'operations.sql-refused' ? 'refused' : 'failed', code);
      throw error;
    }
  });
};
