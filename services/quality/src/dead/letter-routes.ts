/** The routes that look: lists, reasons, one letter, floods. What they send is `read-letters.ts` and `show-letter.ts`. */
import { MillraceError } from '@millrace/contracts';
import type { FloodLog } from '@millrace/dead-letters';
import type { DeadLetterFilter, FloodAcceptance, FloodReport } from '@millrace/operations';
import type { FastifyInstance } from 'fastify';
import type { PartContext } from '../part.ts';
import { countReasons, listLetters } from './read-letters.ts';
import { type ShowContext, showLetter } from './show-letter.ts';

const text = { type: 'string', minLength: 1, maxLength: 500 } as const;
const moment = { type: 'integer', minimum: 0 } as const;
/** As the filter's shape says. */
export const filterProperties = {
  service: text,
  topic: text,
  contract: text,
  code: text,
  text,
  fromMs: moment,
  untilMs: moment,
  state: { enum: ['waiting', 'redriven'] },
} as const;
const filtered = (more: Readonly<Record<string, unknown>> = {}) => ({
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: { ...filterProperties, ...more },
  },
});

type ListQuery = DeadLetterFilter & { readonly limit: number; readonly next?: string };

const parseNext = (next: string | undefined) => {
  if (next === undefined) return undefined;
  const match = /^(\d{1,15})~(.+)$/.exec(next);
  if (match) return { atMs: Number(match[1]), id: match[2]! };
  throw new MillraceError('operations.request-invalid', 'next is none that a page gave');
};

const HOUR_MS = 3_600_000;

export const letterRoutes = (
  server: FastifyInstance,
  context: ShowContext & Pick<PartContext, 'audit'>,
  floods: FloodLog,
): void => {
  const { clickhouse, clock } = context;
  server.get<{ Querystring: ListQuery }>(
    '/dead-letters',
    {
      config: { role: 'viewer' },
      schema: filtered({
        limit: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
        next: text,
      }),
    },
    ({ query: { limit, next, ...filter } }) =>
      listLetters(clickhouse, filter, limit, parseNext(next)),
  );
  server.get<{ Querystring: DeadLetterFilter }>(
    '/dead-letters/reasons',
    { config: { role: 'viewer' }, schema: filtered() },
    ({ query }) => countReasons(clickhouse, query, clock.nowMs()),
  );
  server.get(
    '/dead-letters/floods',
    { config: { role: 'viewer' } },
    (): Promise<FloodReport> => floods.read(clock.nowMs()),
  );
  server.post<{ Body: FloodAcceptance }>(
    '/dead-letters/floods/accept',
    {
      config: { role: 'operator' },
      schema: {
        body: {
          type: 'object',
          additionalProperties: false,
          required: ['service', 'topic', 'reason'],
          properties: {
            ...{
              service: { enum: ['sink', 'cdc', 'stream-transform'] },
              topic: text,
              reason: text,
            },
            forMs: { type: 'integer', minimum: 1000, maximum: 30 * 24 * HOUR_MS, default: HOUR_MS },
          },
        },
      },
    },
    async (request, reply) => {
      const { service, topic, reason, forMs = HOUR_MS } = request.body;
      const what = {
        action: 'accept dead-letters',
        subject: `${service} ${topic}`,
        detail: reason,
      };
      await context.audit.action(request, what, async () => {
        const atMs = clock.nowMs();
        const by = request.actor?.name ?? 'anybody';
        await floods.accept({ service, topic, reason, by, atMs, untilMs: atMs + forMs });
      });
      return reply.status(204).send();
    },
  );
  // the bytes are the record, whatever is classified in it
  server.get<{ Params: { id: string } }>(
    '/dead-letters/:id',
    { config: { role: 'operator' } },
    ({ params }) => showLetter(context, params.id),
  );
};
