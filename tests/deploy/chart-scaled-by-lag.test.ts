/**
 * The chart scaled by KEDA itself, over a Kafka that asks for TLS and a user: lag brings pods, its end takes them away, and what stands still brings none.
 */
import { sendEventLoad } from '@millrace/testkit';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { kedaImage, startKeda } from './cluster/controllers/keda.ts';
import { release as names } from './cluster/pods-release.ts';
import { type PreparedRelease, prepareRelease } from './cluster/prepare-release.ts';
import { missingForControllers } from './cluster/requirements.ts';
import { flight } from './cluster/watch-release.ts';
import { toldSkip } from './engine/told-skip.ts';

const { name, namespace } = names;
const most = { sink: 4, 'stream-transform': 2 } as const;
/** A group that nobody is in: a name that somebody has misspelt, and that the chart cannot know to be wrong. */
const ofNobody = 'millrace.snik';
type Scaled = keyof typeof most;

interface Autoscaler {
  readonly status?: {
    readonly desiredReplicas?: number;
    readonly currentMetrics?: readonly {
      readonly external?: { readonly current: { readonly averageValue: string } };
    }[];
  };
}
interface ScaledObject {
  readonly status?: { readonly conditions?: readonly { type: string; status: string }[] };
}

const isSkipped = toldSkip('the chart scaled by lag', await missingForControllers());

describe.skipIf(isSkipped)('the chart scaled by lag', () => {
  let release: PreparedRelease;

  const asJson = async <Kind>(...what: readonly string[]): Promise<Kind> =>
    JSON.parse(
      await release.cluster.kubectl('-n', namespace, 'get', ...what, '-o', 'json'),
    ) as Kind;
  const autoscaler = async (component: Scaled) =>
    (await asJson<Autoscaler>('hpa', `keda-hpa-${name}-${component}`)).status ?? {};
  const condition = async (component: Scaled, type: string) =>
    (await asJson<ScaledObject>('scaledobject', `${name}-${component}`)).status?.conditions?.find(
      (one) => one.type === type,
    )?.status;
  /** Of each group that counts, as KEDA tells it: records for each pod. */
  const lags = async (component: Scaled) =>
    (await autoscaler(component)).currentMetrics?.map(
      ({ external }) => external?.current.averageValue,
    );
  /** Pods of a component that are ready. */
  const ready = async (component: Scaled): Promise<number> =>
    (await release.podsOf(component)).filter(({ status }) => status.containerStatuses?.[0]?.ready)
      .length;
  const tell = () => {
    release.tellOfPods();
    onTestFailed(async () => {
      for (const asked of [
        ['-n', namespace, 'get', 'scaledobjects,hpa', '-o', 'wide'],
        ['-n', namespace, 'describe', 'scaledobjects,hpa'],
        ['-n', 'keda', 'logs', 'deployment/keda-operator', '--tail=40'],
      ])
        process.stdout.write(`${(await release.cluster.tryKubectl(...asked)).stdout}\n`);
    });
  };
  const load = (prefix: string, done: () => boolean, everyMs: number) =>
    release.urlOf('ingest').then((url) =>
      sendEventLoad({
        ...{ url: () => url, path: '/v1/events/flights/departed', retry: true, everyMs },
        ...{ connections: 1, eventsPerRequest: 50, event: (id) => flight(`${prefix}-${id}`), done },
      }),
    );
  const landed = (prefix: string) =>
    `FROM flights_departed WHERE startsWith(flight_id, '${prefix}-')`;

  const values = () => {
    const { servers, values: plain } = release;
    const keda = { enabled: true, minReplicas: 1, lagRecords: 50, cooldownSeconds: 15 };
    return {
      ...plain,
      kafka: {
        ...plain.kafka,
        tls: { enabled: true, caSecret: { name: 'kafka', key: 'ca.crt' } },
        sasl: {
          ...{ mechanism: 'scram-sha-512', username: servers.kafkaUser?.name },
          passwordSecret: { name: 'kafka', key: 'password' },
        },
      },
      cdc: { sources: [] },
      streamTransform: {
        ...plain.streamTransform,
        persistence: { enabled: false },
        // As slow as it may be: what comes in meanwhile is the lag.
        settings: { commitIntervalMs: '2s' },
        keda: {
          ...{ ...keda, maxReplicas: most['stream-transform'] },
          consumerGroups: ['millrace.transform.delays_by_airport'],
        },
      },
      sink: {
        ...{ ...plain.sink, settings: { insertsPerSecond: 2 } },
        keda: { ...keda, maxReplicas: most.sink, consumerGroups: [ofNobody] },
      },
      quality: { enabled: false },
    };
  };

  beforeAll(async () => {
    release = await prepareRelease({ images: [await kedaImage()], secureKafka: true });
    const { cluster, servers } = release;
    const { ca, password } = servers.kafkaUser ?? {};
    const secret = {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'kafka', namespace } },
      stringData: { 'ca.crt': ca, password },
    };
    await cluster.kubectl('apply', '-f', cluster.file('kafka.json', secret));
    await startKeda(cluster);
    const installed = await release.upgrade(values());
    expect(installed, installed.stderr).toMatchObject({ code: 0 });
  });
  afterAll(() => release?.stop());

  test('KEDA takes the ScaledObjects: it comes in at Kafka by the values’ user and certificate, and sees no lag, nor of a group that nobody is in', async () => {
    tell();
    for (const component of ['sink', 'stream-transform'] as const) {
      const isReady = () => condition(component, 'Ready');
      await expect.poll(isReady, { interval: 1_000, timeout: 120_000 }).toBe('True');
      await expect.poll(() => ready(component), { interval: 1_000 }).toBe(1);
    }
    await expect.poll(() => lags('sink'), { interval: 1_000 }).toEqual(['0', '0']);
    await expect.poll(() => lags('stream-transform'), { interval: 1_000 }).toEqual(['0']);
    const rescaled = ['events', '--field-selector', 'reason=SuccessfulRescale'];
    expect((await asJson<{ items: readonly object[] }>(...rescaled)).items).toEqual([]);
  });

  test('lag brings sinks and transforms, its end takes them away, and no event is lost or doubled by it', async () => {
    tell();
    let isDone = false;
    const sent = load('scaled', () => isDone, 200);
    const all = async () => [await ready('sink'), await ready('stream-transform')];
    const from = Date.now();
    try {
      await expect
        .poll(all, { interval: 1_000, timeout: 300_000 })
        .toEqual([most.sink, most['stream-transform']]);
    } finally {
      isDone = true;
    }
    const upMs = Date.now() - from;
    const { accepted, cut, refused } = await sent;
    expect({ cut, refused }).toEqual({ cut: 0, refused: 0 });
    await expect.poll(all, { interval: 1_000, timeout: 300_000 }).toEqual([1, 1]);
    process.stdout.write(
      `scaled by lag: up in ${upMs} ms, ${accepted.length} events, down ${Date.now() - from - upMs} ms later\n`,
    );
    await expect
      .poll(() => release.count(`uniqExact(flight_id) ${landed('scaled')}`), { interval: 500 })
      .toBe(accepted.length);
    expect(await release.count(`count() ${landed('scaled')}`)).toBe(accepted.length);
  });

  test('partitions that stand still bring no sinks', async () => {
    tell();
    await release.servers.stack.kill('clickhouse');
    const until = Date.now() + 5_000;
    const { accepted } = await load('still', () => Date.now() > until, 200);
    expect(accepted.length).toBeGreaterThan(500);
    // KEDA has seen the lag: it would have begun with one, had there been none.
    const isActive = () => condition('sink', 'Active');
    await expect.poll(isActive, { interval: 1_000, timeout: 120_000 }).toBe('True');
    const seen = new Set<number | undefined>();
    for (const end = Date.now() + 20_000; Date.now() < end; )
      seen.add((await autoscaler('sink')).desiredReplicas);
    expect([...seen]).toEqual([1]);
    await release.servers.stack.restart('clickhouse');
    await expect
      .poll(() => release.count(`count() ${landed('still')}`), { interval: 500, timeout: 120_000 })
      .toBe(accepted.length);
  });
});
