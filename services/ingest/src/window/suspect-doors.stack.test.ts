/** What doors know of each other beside ids: that one is silent in the midst of its work, how many there are, how far each knows all. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDoorsUnderTest, type DoorsUnderTest, postTo } from '../testing/doors-under-test.ts';

let under: DoorsUnderTest;
beforeAll(async () => {
  under = await createDoorsUnderTest({ MILLRACE_INGEST_WINDOW_SHARE: '100ms' });
});
afterAll(() => under?.close());

test('what a door took last before it was killed is known to another within rounds, and limits that hold together are divided', async () => {
  const { fixture, start } = under;
  const there = await start({
    MILLRACE_INGEST_LIMITS_HOLD: 'together',
    MILLRACE_INGEST_RATE_EVENTS: '1000000',
    MILLRACE_INGEST_RATE_BURST: '1s',
  });
  // It speaks when it starts, and then not for an hour.
  const here = await start({ MILLRACE_INGEST_WINDOW_SHARE: '1h' });
  // Doors of other tests come and go on this cluster: what holds is that the quota is that of so many doors.
  const isDivided = async () => {
    const parts = (await there.metric('millrace_ingest_limit_parts')) ?? 0;
    const { headers } = await postTo(there, fixture.orders, '{}');
    const quota = `"events";q=${Math.floor(1_000_000 / parts)};`;
    return parts >= 2 && headers.get('ratelimit-policy')?.includes(quota);
  };
  await expect.poll(isDivided).toBe(true);

  const events = Array.from({ length: 50 }, (_, no) => ({
    ...{ order_id: `untold-${no}`, amount: 1, placed_at: 0 },
  }));
  const body = JSON.stringify(events);
  expect((await postTo(here, fixture.orders, body)).body).toEqual({ accepted: 50 });
  here.kill('SIGKILL');
  await here.exited;
  // A minute later it would have been taken for dead, and read for that.
  const isRead = () => there.lines.some((line) => line.includes('had not told'));
  await expect.poll(isRead).toBe(true);
  expect((await postTo(there, fixture.orders, body)).body).toEqual({
    accepted: 50,
    duplicates: 50,
  });
  expect(await fixture.ids('orders')).toHaveLength(50);
});

test('a door that starts reads back what came since the one before it, however many were killed', async () => {
  const { fixture, start } = under;
  const EVENTS = 200;
  const topic = `events.${fixture.domain}.orders`;
  const readBack: number[] = [];
  for (let kills = 0; kills < 5; kills += 1) {
    const door = await start();
    const events = Array.from({ length: EVENTS }, (_, no) => ({
      ...{ order_id: `kill-${kills}-${no}`, amount: 1, placed_at: 0 },
    }));
    expect((await postTo(door, fixture.orders, JSON.stringify(events))).status).toBe(202);
    // By then it has looked at the silence of those before it, too.
    const isRead = () => door.lines.some((line) => line.includes('had not told'));
    if (kills > 0) await expect.poll(isRead).toBe(true);
    const name = `millrace_ingest_read_back_events_total{topic="${topic}",for="ids"}`;
    readBack.push((await door.metric(name)) ?? 0);
    door.kill('SIGKILL');
    await door.exited;
  }
  // At its start, and of those that are silent. Before, the last one read what all before it had taken, each time.
  expect(Math.max(...readBack)).toBeLessThanOrEqual(2 * EVENTS);
});
