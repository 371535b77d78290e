/**
 * The door with a disk spool, for minutes: Kafka is cut off, stalled, or loses its answers, and the door is killed
 * (SIGKILL), all at random moments under load, while clients send each batch until it is accepted. Then the audit: each
 * accepted event is on the topic once, and nothing else is.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '@millrace/stack';
import {
  createEventProject,
  momentOfChance,
  type ServiceProcess,
  sendEventLoad,
  startFaultProxy,
  startService,
} from '@millrace/testkit';
import { expect, test } from 'vitest';

const rounds = Number(process.env['MILLRACE_STORM_ROUNDS'] ?? 60);

/** @param everyMs pause of each client between two batches; none when left out */
const storm = async (rounds: number, everyMs?: number) => {
  const stack = await startStack({ backend: 'embedded' });
  const directory = await mkdtemp(join(tmpdir(), 'millrace-storm-'));
  const project = await createEventProject(stack.endpoints, {
    orders: 'ingest: { spool: true }\n',
  });
  const proxy = await startFaultProxy({
    target: stack.endpoints.kafkaBrokers,
    rewriteAdvertisedPort: true,
  });
  let door: ServiceProcess | undefined;
  const start = async () => {
    door = await startService('ingest', {
      ...project.env,
      MILLRACE_KAFKA_BROKERS: proxy.address,
      MILLRACE_INGEST_SPOOL_DIR: directory,
      MILLRACE_INGEST_SPOOL_AFTER: '200ms',
      MILLRACE_INGEST_RESTORE_EVENTS: '1000000',
    });
    await door.ready();
    return door;
  };
  try {
    await start();
    let done = false;
    const load = sendEventLoad({
      url: () => door!.url,
      path: project.orders,
      connections: 4,
      eventsPerRequest: 20,
      event: (id) => ({ order_id: id, amount: 1, placed_at: 0 }),
      done: () => done,
      retry: true,
      ...(everyMs === undefined ? {} : { everyMs }),
    });
    const faults = [proxy.cut, proxy.stall, proxy.dropResponses];
    let kills = 0;
    for (let round = 0; round < rounds; round += 1) {
      await momentOfChance(200, 1500);
      const fault = faults[round % faults.length]!;
      fault();
      await momentOfChance(0, 1200);
      if (round % 2 === 0) {
        door!.kill('SIGKILL');
        await door!.exited;
        kills += 1;
        // Sometimes Kafka is back before the door, sometimes after it.
        if (round % 4 === 0) proxy.restore();
        await start();
      }
      // Silent connections end here; the producer would wait half a minute for them.
      proxy.cut();
      proxy.restore();
    }
    await momentOfChance(500, 501);
    done = true;
    const report = await load;
    const bytes = `millrace_ingest_spool_bytes{topic="events.${project.domain}.orders"}`;
    await expect.poll(() => door!.metric(bytes), { timeout: 120_000 }).toBe(0);
    const accepted = new Set(report.accepted);
    await expect
      .poll(async () => (await project.ids('orders')).length, { timeout: 120_000 })
      .toBeGreaterThanOrEqual(accepted.size);
    const ids = await project.ids('orders');
    console.log(
      `${kills} kills, ${rounds} outages, ${accepted.size} events, ${report.cut} cut off`,
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.toSorted()).toEqual(report.accepted.toSorted());
  } finally {
    await door?.stop();
    await proxy.close();
    await project.remove();
    await stack.stop();
    await rm(directory, { recursive: true, force: true });
  }
};

test('a spool loses and doubles nothing through outages and kills at random moments', () =>
  storm(rounds));

test('nor one that so little comes to that it is empty now and then, also when its door starts without Kafka', () =>
  storm(Math.ceil(rounds / 2), 25));
