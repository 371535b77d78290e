/**
 * The door scaled by its CPU, as metrics-server tells it: load by the published client brings doors that get their part of it, its end takes them
 * away, and nothing is lost by either.
 */
import { createClient } from '@millrace/client';
import { pace } from '@millrace/testkit';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { metricsServerImage, startMetricsServer } from './cluster/controllers/metrics-server.ts';
import { release as names } from './cluster/pods-release.ts';
import { type PreparedRelease, prepareRelease } from './cluster/prepare-release.ts';
import { missingForControllers } from './cluster/requirements.ts';
import { flight } from './cluster/watch-release.ts';
import { toldSkip } from './engine/told-skip.ts';

const { name, namespace } = names;
const door = `${name}-ingest`;
const [least, most] = [1, 3] as const;
const slow = { interval: 1_000, timeout: 300_000 };
const eventsPerRequest = 5;
/** Clients, and ms between two requests of one: some hundreds a second, and five. */
const load = { clients: 10, everyMs: 10 };
const trickle = { clients: 1, everyMs: 200 };

/** What a door's own metrics say that it has accepted. */
const askAccepted = `fetch('http://127.0.0.1:' + process.env.MILLRACE_INGEST_ADMIN_PORT + '/metrics').then((answer) => answer.text()).then((text) =>
  console.log(text.split('\\n').filter((line) => line.startsWith('millrace_ingest_accepted_events_total{')).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)))`;

interface Autoscaler {
  readonly spec: { readonly minReplicas: number };
  readonly status?: {
    readonly desiredReplicas?: number;
    readonly currentMetrics?: readonly {
      readonly resource?: { readonly current: { readonly averageUtilization?: number } };
    }[];
  };
}

const isSkipped = toldSkip('the door scaled by CPU', await missingForControllers());

describe.skipIf(isSkipped)('the door scaled by CPU', () => {
  let release: PreparedRelease;

  const utilization = async (): Promise<number | undefined> => {
    const asked = ['-n', namespace, 'get', 'hpa', door, '-o', 'json'];
    const { status } = JSON.parse(await release.cluster.kubectl(...asked)) as Autoscaler;
    return status?.currentMetrics?.[0]?.resource?.current.averageUtilization;
  };
  const doors = async () =>
    (await release.podsOf('ingest')).filter(
      ({ status }) => status.containerStatuses?.[0]?.ready === true,
    );
  const count = async () => (await doors()).length;
  /** Replicas that the Deployment asks for. */
  const asked = () =>
    release.cluster
      .kubectl('-n', namespace, 'get', 'deployment', door, '-o', 'jsonpath={.spec.replicas}')
      .then(Number);
  const acceptedBy = async () =>
    Promise.all(
      (await doors()).map(async ({ metadata }) =>
        Number(
          await release.cluster.kubectl(
            ...['-n', namespace, 'exec', metadata.name, '--', 'node', '-e', askAccepted],
          ),
        ),
      ),
    );
  const tell = () => {
    release.tellOfPods();
    onTestFailed(async () => {
      for (const what of [
        ['-n', namespace, 'describe', 'hpa'],
        ['-n', namespace, 'top', 'pods'],
        ['-n', 'kube-system', 'logs', 'deployment/metrics-server', '--tail=40'],
      ]) {
        const { stdout, stderr } = await release.cluster.tryKubectl(...what);
        process.stdout.write(`${stdout}\n${stderr}\n`);
      }
    });
  };

  const values = () => {
    const { values: plain } = release;
    return {
      ...plain,
      cdc: { sources: [] },
      streamTransform: { enabled: false },
      quality: { enabled: false },
      sink: { ...plain.sink, replicas: 1 },
      ingest: {
        ...plain.ingest,
        // Aimed at are 40 thousandths of a processor: of an idle door ten were measured, of one under the load some hundred.
        resources: { requests: { cpu: '80m', memory: '64Mi' } },
        autoscaling: {
          ...{ enabled: true, minReplicas: least, maxReplicas: most, cpuPercent: 50 },
          behavior: { scaleDown: { stabilizationWindowSeconds: 15 } },
        },
      },
    };
  };

  /** Clients that send some events at a time, each with an answer before the next, until `what` is done. */
  const underLoad = async (
    prefix: string,
    { clients, everyMs }: typeof load,
    what: () => Promise<void>,
  ) => {
    const url = await release.urlOf('ingest');
    const retries: string[] = [];
    let [isDone, sent] = [false, 0];
    const client = async () => {
      const own = createClient({
        ...{ url, lingerMs: 0 },
        onRetry: ({ cause }) => retries.push(cause),
      });
      while (!isDone) {
        const results = await Promise.all(
          Array.from({ length: eventsPerRequest }, () =>
            own.send('flights.departed', flight(`${prefix}-${sent++}`)),
          ),
        );
        expect(results.map(({ status }) => status)).toEqual(results.map(() => 'accepted'));
        await pace(everyMs);
      }
      await own.close();
    };
    const all = Promise.all(Array.from({ length: clients }, client));
    try {
      await what();
    } finally {
      isDone = true;
    }
    await all;
    process.stdout.write(`${prefix}: ${sent} events, ${retries.length} requests again\n`);
    return { sent, retries };
  };
  const isExact = async (prefix: string, sent: number) => {
    const landed = `FROM flights_departed WHERE startsWith(flight_id, '${prefix}-')`;
    await expect.poll(() => release.count(`uniqExact(flight_id) ${landed}`), slow).toBe(sent);
    expect(await release.count(`count() ${landed}`)).toBe(sent);
  };

  beforeAll(async () => {
    release = await prepareRelease({ images: [await metricsServerImage()] });
    await startMetricsServer(release.cluster);
    const installed = await release.upgrade(values());
    expect(installed, installed.stderr).toMatchObject({ code: 0 });
  });
  afterAll(() => release?.stop());

  test('what the door uses is measured, and without load there is the least of them', async () => {
    tell();
    await expect.poll(utilization, slow).toBeGreaterThanOrEqual(0);
    process.stdout.write(`a door without load: ${await utilization()} % of 80m\n`);
    expect(await count()).toBe(least);
  });

  test('load brings doors, each of which gets a part of it, and an upgrade leaves their number', async () => {
    tell();
    const { sent, retries } = await underLoad('up', load, async () => {
      const from = Date.now();
      await expect.poll(count, slow).toBe(most);
      process.stdout.write(`scaled by CPU: up in ${Date.now() - from} ms\n`);
      await expect
        .poll(async () => Math.min(...(await acceptedBy())), { ...slow, timeout: 60_000 })
        .toBeGreaterThan(100);
      process.stdout.write(`events of each door so far: ${await acceptedBy()}\n`);
      const seen = new Set<number>();
      let isUpgraded = false;
      const upgraded = release.upgrade(values()).finally(() => {
        isUpgraded = true;
      });
      while (!isUpgraded) seen.add(await asked());
      expect(await upgraded).toMatchObject({ code: 0 });
      expect([...seen]).toEqual([most]);
    });
    expect(retries).toEqual([]);
    await isExact('up', sent);
  });

  test('its end takes them away, while requests go on that none of them refuses', async () => {
    tell();
    const { sent, retries } = await underLoad('down', trickle, async () => {
      const from = Date.now();
      await expect.poll(count, slow).toBe(least);
      await expect.poll(async () => (await release.podsOf('ingest')).length, slow).toBe(least);
      process.stdout.write(`scaled by CPU: down in ${Date.now() - from} ms\n`);
    });
    expect(retries).toEqual([]);
    await isExact('down', sent);
  });
});
