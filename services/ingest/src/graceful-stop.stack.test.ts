import {
  createEventProject,
  type EventProject,
  sendEventLoad,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let fixture: EventProject;
beforeAll(async () => {
  fixture = await createEventProject(stackUnderTest());
});
afterAll(async () => {
  await fixture?.remove();
});

test('a door that is stopped under load answers what it took, and each 202 is on Kafka exactly once', async () => {
  const door = await startService('ingest', { ...fixture.env, MILLRACE_INGEST_DRAIN: '5s' });
  await door.ready();
  let stopped = false;
  const load = sendEventLoad({
    url: () => door.url,
    path: fixture.orders,
    connections: 20,
    eventsPerRequest: 50,
    event: (id) => ({ order_id: id, amount: 1, placed_at: 0 }),
    // The clients go on while the door drains, and leave when it has told them to.
    done: () => stopped,
    retry: false,
  });
  const topic = `events.${fixture.domain}.orders`;
  await expect
    .poll(() => door.metric(`millrace_ingest_accepted_events_total{topic="${topic}"}`))
    .toBeGreaterThan(2000);
  door.kill('SIGTERM');
  const readiness = async () => {
    const answer = await fetch(`${door.adminUrl}/readyz`);
    return { status: answer.status, body: await answer.json() };
  };
  await expect.poll(readiness).toMatchObject({ status: 503, body: { reasons: ['stopping'] } });
  stopped = true;
  const report = await load;
  expect(await door.exited).toEqual({ code: 0, signal: null });
  expect(report.cut).toBe(0);
  expect(report.refused).toBe(0);
  const ids = await fixture.ids('orders');
  expect(ids.toSorted()).toEqual(report.accepted.toSorted());
  expect(door.lines.map((line) => JSON.parse(line).msg)).toEqual(['started', 'stopped']);
});
