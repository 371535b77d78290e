/** Alerts, silences and runbooks over HTTP. */
import { randomUUID } from 'node:crypto';
import { MillraceError } from '@millrace/contracts';
import type { AlertReport, Silence } from '@millrace/operations';
import type { Clock } from '@millrace/pipeline';
import type { FastifyInstance } from 'fastify';
import type { Audit } from '../audit/audit.ts';
import { type AlertLog, endedView } from './alert-log.ts';
import { type AlertState, alertView } from './alert-state.ts';
import { readRunbook } from './runbooks.ts';

export interface AlertRoutesOptions {
  readonly state: AlertState;
  readonly log: AlertLog;
  readonly audit: Audit;
  readonly clock: Clock;
  runbook(name: string): string;
}

const text = { type: 'string', minLength: 1, maxLength: 500 } as const;
const silenceBody = {
  type: 'object',
  required: ['untilMs', 'reason'],
  additionalProperties: false,
  properties: { name: text, subject: text, reason: text, untilMs: { type: 'integer' } },
} as const;
const hours = {
  type: 'object',
  additionalProperties: false,
  properties: { hours: { type: 'number', exclusiveMinimum: 0, maximum: 2160, default: 72 } },
} as const;

/** Nobody silences for longer; what is to be quiet for good is switched off in the file. */
const silenceMsMax = 30 * 86_400_000;

const unknown = (what: string) => new MillraceError('operations.unknown', what);

export const registerAlertRoutes = (server: FastifyInstance, options: AlertRoutesOptions): void => {
  const { state, log, audit, clock, runbook } = options;
  server.get<{ Querystring: { hours: number } }>(
    '/alerts',
    { config: { role: 'viewer' }, schema: { querystring: hours } },
    async ({ query }): Promise<AlertReport> => {
      const atMs = clock.nowMs();
      const ended = await log.ended(atMs - query.hours * 3_600_000);
      return {
        atMs,
        open: state.alerts
          .map((alert) => alertView(alert, state.silences, atMs, runbook))
          .toSorted((a, b) => b.sinceMs - a.sinceMs),
        ended: ended.map((alert) => endedView(alert, runbook)),
      };
    },
  );
  server.post<{ Params: { id: string } }>(
    '/alerts/:id/acknowledge',
    { config: { role: 'operator' } },
    async (request) => {
      const { id } = request.params;
      const by = request.actor?.name ?? 'anybody';
      const action = { action: 'acknowledge alert', subject: id };
      const alert = await audit.action(request, action, () => state.acknowledge(id, by));
      if (alert === undefined) throw unknown(`There is no open alert ${id}.`);
      return alertView(alert, state.silences, clock.nowMs(), runbook);
    },
  );
  server.get('/silences', { config: { role: 'viewer' } }, async () => state.silences);
  server.post<{ Body: Omit<Silence, 'id' | 'by'> & Partial<Pick<Silence, 'name' | 'subject'>> }>(
    '/silences',
    { config: { role: 'operator' }, schema: { body: silenceBody } },
    async (request) => {
      const { name = '*', subject = '*', untilMs, reason } = request.body;
      const lengthMs = untilMs - clock.nowMs();
      if (lengthMs <= 0 || lengthMs > silenceMsMax)
        throw new MillraceError('operations.request-invalid', 'untilMs: within the next 30 days.');
      const by = request.actor?.name ?? 'anybody';
      const silence = { id: randomUUID(), name, subject, untilMs, by, reason };
      const what = { action: 'silence alerts', subject: `${name} ${subject}`, detail: reason };
      await audit.action(request, what, () => state.silence(silence));
      return silence;
    },
  );
  server.delete<{ Params: { id: string } }>(
    '/silences/:id',
    { config: { role: 'operator' } },
    async (request, reply) => {
      const { id } = request.params;
      const what = { action: 'end silence', subject: id };
      const isThere = await audit.action(request, what, () => state.endSilence(id));
      if (!isThere) throw unknown(`There is no silence ${id}.`);
      return reply.status(204).send();
    },
  );
  server.get<{ Params: { file: string } }>(
    '/runbooks/:file',
    { config: { role: 'viewer' } },
    async (request, reply) => {
      const name = request.params.file.replace(/\.md$/, '');
      const page = await readRunbook(name);
      if (page === undefined) throw unknown(`There is no runbook ${name}.`);
      return reply.type('text/markdown; charset=utf-8').send(page);
    },
  );
};
