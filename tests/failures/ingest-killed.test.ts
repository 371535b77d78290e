/**
 * The door is killed (SIGKILL) at random moments under load and started again, while clients send each batch
 * until it is accepted. Then the audit: every event that was accepted is on the topic exactly once, and
 * nothing else is. The ids that a dead door had taken are known to the next one from the topic itself.
 */
import { type RunningStack, type StackEndpoints, startStack } from '@millrace/stack';
import {
  createEventProject,
  type EventProject,
  momentOfChance,
  type ServiceProcess,
  sendEventLoad,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const kills = 5;

let stack: RunningStack | undefined;
let project: EventProject;

/** The stack that the environment names, else one of the test's own. */
const endpoints = async (): Promise<StackEndpoints> => {
  const { MILLRACE_KAFKA_BROKERS: kafkaBrokers, MILLRACE_REGISTRY_URL: registryUrl } = process.env;
  if (kafkaBrokers !== undefined && registryUrl !== undefined)
    return { kafkaBrokers, registryUrl, postgresUrl: '', clickhouseUrl: '' };
  stack = await startStack({ backend: 'embedded' });
  return stack.endpoints;
};

beforeAll(async () => {
  project = await createEventProject(await endpoints());
});
afterAll(async () => {
  await project?.remove();
  await stack?.stop();
});

test('a door killed at random moments under load loses no accepted event and writes none twice', async () => {
  let door: ServiceProcess | undefined = await startService('ingest', project.env);
  await door.ready();
  let { url } = door;
  let done = false;
  const load = sendEventLoad({
    url: () => url,
    path: project.orders,
    connections: 8,
    eventsPerRequest: 40,
    event: (id) => ({ order_id: id, amount: 1, placed_at: 0 }),
    done: () => done,
    retry: true,
    everyMs: 10,
  });
  let doorDeaths = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    await accepts(door, project, 400 + Math.random() * 2000);
    // A moment of chance within a batch's way through the door.
    await momentOfChance(0, 30);
    door.kill('SIGKILL');
    expect(await door.exited).toMatchObject({ signal: 'SIGKILL' });
    doorDeaths += 1;
    door = await startService('ingest', project.env);
    url = door.url;
    await door.ready();
  }
  await accepts(door, project, 400);
  done = true;
  const report = await load;
  await door.stop();

  expect(doorDeaths).toBe(kills);
  // The kills were felt: requests broke off, and were sent again.
  expect(report.cut).toBeGreaterThan(0);
  const ids = await project.ids('orders');
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(report.accepted.toSorted());
});

/** Waits until this door has accepted that many events. */
const accepts = async (
  door: ServiceProcess,
  { domain }: EventProject,
  events: number,
): Promise<void> => {
  const metric = `millrace_ingest_accepted_events_total{topic="events.${domain}.orders"}`;
  await expect.poll(() => door.metric(metric), { interval: 20 }).toBeGreaterThan(events);
};
