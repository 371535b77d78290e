import { silentLogger } from '@millrace/pipeline';
import { createManualClock } from '@millrace/testkit';
import Fastify from 'fastify';
import { expect, test } from 'vitest';
import type { Audit } from '../audit/audit.ts';
import type { AlertLog } from './alert-log.ts';
import { registerAlertRoutes } from './alert-routes.ts';
import { createAlertState } from './alert-state.ts';
import type { AlertStore, StoredAlerts } from './alert-store.ts';

const nowMs = 1_000_000;

const serve = async (stored: StoredAlerts = { alerts: [], silences: [] }) => {
  const kept: string[] = [];
  const store: AlertStore = {
    read: async () => stored,
    putAlerts: async (alerts) => void kept.push(...alerts.map(({ id }) => id)),
    putSilence: async ({ id }) => void kept.push(id),
    removeSilence: async (id) => void kept.push(`-${id}`),
    close: async () => undefined,
  };
  const timing = { pendingMs: 0, holdMs: 0, repeatMs: 1 };
  const clock = createManualClock(nowMs);
  const state = createAlertState({ store, nowMs: clock.nowMs, timingOf: () => timing });
  await state.open();
  const audited: string[] = [];
  const audit = {
    action: async (_request: unknown, { action }: { action: string }, work: () => unknown) => {
      audited.push(action);
      return work();
    },
  } as unknown as Audit;
  const log: AlertLog = { append: async () => undefined, ended: async () => [] };
  const server = Fastify({ logger: false });
  registerAlertRoutes(server, { state, log, audit, clock, runbook: (name) => `/${name}.md` });
  return { server, state, kept, audited, logger: silentLogger };
};

const lag = {
  ...({ key: 'lag:sink', name: 'ConsumerLag', severity: 'warning', subject: 'sink' } as const),
  ...{ summary: '', sinceMs: 0 },
};

test('an alert is acknowledged by name, kept and audited; one that is not open is unknown', async () => {
  const { server, state, kept, audited } = await serve();
  state.round([lag]);
  const answer = await server.inject({ method: 'POST', url: '/alerts/lag:sink/acknowledge' });
  expect(answer.json()).toMatchObject({ acknowledgedBy: 'anybody', runbook: '/ConsumerLag.md' });
  expect(kept).toEqual(['lag:sink']);
  expect(audited).toEqual(['acknowledge alert']);
  const other = await server.inject({ method: 'POST', url: '/alerts/none/acknowledge' });
  expect(other.statusCode).toBe(500);
  expect(other.json().message).toContain('no open alert');
});

test('a silence is bounded, needs a reason, is shown on what it silences, and ends', async () => {
  const { server, state, kept } = await serve();
  state.round([lag]);
  const post = (body: object) => server.inject({ method: 'POST', url: '/silences', payload: body });
  expect((await post({ untilMs: nowMs + 1000 })).statusCode).toBe(400);
  expect((await post({ reason: 'x', untilMs: nowMs - 1 })).json().message).toContain('30 days');
  expect((await post({ reason: 'x', untilMs: nowMs + 31 * 86_400_000 })).statusCode).toBe(500);
  const made = (await post({ reason: 'moving', subject: 's*', untilMs: nowMs + 5000 })).json();
  const { open } = (await server.inject('/alerts')).json();
  expect(open).toMatchObject([{ id: 'lag:sink', silence: made.id }]);
  const ended = await server.inject({ method: 'DELETE', url: `/silences/${made.id}` });
  expect(ended.statusCode).toBe(204);
  expect(kept).toEqual([made.id, `-${made.id}`]);
  expect((await server.inject('/silences')).json()).toEqual([]);
});

test('a runbook is handed out by its name alone', async () => {
  const { server } = await serve();
  const page = await server.inject('/runbooks/ConsumerLag.md');
  expect(page.headers['content-type']).toContain('text/markdown');
  expect(page.body).toContain('# ');
  const outside = await server.inject('/runbooks/..%2F..%2FREADME.md');
  expect(outside.json().message).toContain('no runbook');
});
