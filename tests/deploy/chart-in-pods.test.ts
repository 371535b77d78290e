/**
 * The chart in pods that run: a kubelet with containerd, the image that is built here, and the embedded stack as the servers outside of the cluster.
 * What an API server says of the chart's objects is in chart.test.ts.
 */
import { sendEventLoad } from '@millrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addresses } from './cluster/node/network.ts';
import { release as names, stranger } from './cluster/pods-release.ts';
import { type PreparedRelease, prepareRelease } from './cluster/prepare-release.ts';
import { reachFrom } from './cluster/reach-from.ts';
import { missingForPods } from './cluster/requirements.ts';
import { componentOf, flight, waited } from './cluster/watch-release.ts';
import { toldSkip } from './engine/told-skip.ts';

const { name, namespace } = names;

describe.skipIf(toldSkip('the chart in pods', await missingForPods()))('the chart in pods', () => {
  let release: PreparedRelease;
  const door = () => release.urlOf('ingest');

  beforeAll(async () => {
    release = await prepareRelease({ withState: true });
  });
  afterAll(() => release?.stop());

  test('it is installed: contracts are applied, every pod becomes ready by its probes, and none is started twice', async () => {
    release.tellOfPods();
    const installed = await release.upgrade(release.values);
    expect(installed, installed.stderr).toMatchObject({ code: 0 });
    const pods = await release.pods();
    expect(pods.map(componentOf).sort()).toEqual([
      ...['cdc', 'cdc', 'ingest', 'ingest', 'quality', 'sink', 'sink'],
      ...['stream-transform', 'stream-transform'],
    ]);
    expect(await release.restarts()).toEqual(pods.map(() => 0));
  });

  test('a pod is user 10001 on a root that cannot be written, without a token of Kubernetes and without variables of Services', async () => {
    release.tellOfPods();
    for (const { metadata } of await release.pods()) {
      const script =
        'id -u; for d in / /opt/millrace /project /tmp; do (: > $d/x) 2>/dev/null && echo $d; done; ' +
        'ls /var/run/secrets/kubernetes.io 2>/dev/null; env | grep -E "MILLRACE_.*(_SERVICE_HOST|=tcp:)"; grep CapEff /proc/1/status; true';
      const exec = ['exec', metadata.name, '--', 'sh', '-c', script];
      const said = (await release.cluster.kubectl('-n', namespace, ...exec)).split('\n');
      expect(said, metadata.name).toEqual(['10001', '/tmp', 'CapEff:\t0000000000000000']);
    }
  });

  test('an event that is posted to the door’s Service is queryable, and so is the captured table', async () => {
    release.tellOfPods();
    const answer = await fetch(`${await door()}/v1/events/flights/departed?wait=queryable`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(flight('one')),
    });
    expect(await answer.json()).toMatchObject({ queryable: true });
    expect(await release.count("countIf(flight_id = 'one') FROM flights_departed")).toBe(1);
    await expect
      .poll(() => release.count('count() FROM airports'), { interval: 500, timeout: 300_000 })
      .toBeGreaterThan(3_000);
  });

  test('a NetworkPolicy is enforced: a service is reached by whom it serves, and reaches what it needs and nothing else', async () => {
    release.tellOfPods();
    const { cluster, servers } = release;
    const { endpoints } = servers.stack;
    const portOf = (url: string) => Number(new URL(url).port);
    const outside = {
      kafka: `${addresses.host}:${servers.kafkaPort}`,
      registry: `${addresses.host}:${portOf(endpoints.registryUrl)}`,
      clickhouse: `${addresses.host}:${portOf(endpoints.clickhouseUrl)}`,
      postgres: `${addresses.host}:${portOf(endpoints.postgresUrl)}`,
      kubernetes: cluster.apiAddress,
    };
    const pods = await release.pods();
    const of = (component: string) => pods.filter((pod) => componentOf(pod) === component);
    // another one than asks, where there are two
    const at = (component: string, port: number) => `${of(component).at(-1)?.status.podIP}:${port}`;
    const admin = 9464;
    const inside = {
      ...{ door: at('ingest', 8080), doorAdmin: at('ingest', admin), sinkAdmin: at('sink', admin) },
      ...{ cdcAdmin: at('cdc', admin), transformAdmin: at('stream-transform', admin) },
      qualityAdmin: at('quality', admin),
    };
    const reach = (pod: string, its: string = namespace) =>
      reachFrom(cluster, { namespace: its, pod }, { ...outside, ...inside });
    // everything listens: who is under no policy is stopped by those of the pods alone
    const admins = ['cdcAdmin', 'doorAdmin', 'qualityAdmin', 'sinkAdmin', 'transformAdmin'];
    const all = Object.keys(outside);
    expect(await reach(stranger, 'monitoring')).toEqual([...all, 'door', ...admins].sort());
    expect(await reach(stranger, 'elsewhere')).toEqual([...all, 'door'].sort());
    const kafka = ['kafka', 'registry'];
    for (const [component, reached] of [
      // and its like: this enforcer takes what a policy lets in for let out, among the pods of that policy
      ['ingest', ['door', ...kafka]],
      ['cdc', ['postgres', ...kafka]],
      ['stream-transform', ['transformAdmin', ...kafka]],
      ['sink', ['clickhouse', 'sinkAdmin', ...kafka]],
      ['quality', ['clickhouse', 'door', 'postgres', 'qualityAdmin', ...kafka]],
    ] as const)
      expect(await reach(of(component)[0]!.metadata.name), component).toEqual([...reached].sort());
  });

  test('helm test asks every pod and sends a canary, from inside', async () => {
    release.tellOfPods();
    const asked = ['test', name, '--namespace', namespace, '--logs', '--timeout', '10m'];
    const tested = await release.cluster.tryHelm(...asked);
    expect(tested, tested.stdout + tested.stderr).toMatchObject({ code: 0 });
    for (const component of ['ingest', 'sink', 'quality', 'stream-transform', 'cdc-flights'])
      expect(tested.stdout).toContain(`${name}-${component}-pods: ready`);
    expect(tested.stdout).toMatch(/canary \S+: queryable in ClickHouse/);
  });

  test('an upgrade that replaces every pod, under load, refuses no request and loses and doubles no event', async () => {
    release.tellOfPods();
    const before = (await release.pods()).map(({ metadata }) => metadata.name);
    const url = await door();
    let isDone = false;
    const load = sendEventLoad({
      ...{ url: () => url, path: '/v1/events/flights/departed', retry: true },
      ...{ connections: 2, eventsPerRequest: 5, event: (id) => flight(`rolled-${id}`) },
      done: () => isDone,
    });
    const { values } = release;
    const rolled = { podAnnotations: { rolled: 'yes' } };
    const changed = Object.fromEntries(
      (['ingest', 'cdc', 'streamTransform', 'sink', 'quality'] as const).map((service) => [
        service,
        { ...values[service], ...rolled },
      ]),
    );
    const upgraded = await release.upgrade({ ...values, ...changed });
    // Old pods have gone, too: the load goes on as long as any of them does.
    await expect
      .poll(() => release.pods(), { interval: 1_000, timeout: 300_000 })
      .toHaveLength(before.length);
    isDone = true;
    const { accepted, cut, refused } = await load;
    expect(upgraded, upgraded.stderr).toMatchObject({ code: 0 });
    const after = (await release.pods()).map(({ metadata }) => metadata.name);
    const replaced = after.filter((pod) => !pod.includes('stream-transform'));
    expect(replaced.filter((pod) => before.includes(pod))).toEqual([]);
    process.stdout.write(
      `upgrade under load: ${accepted.length} events, ${cut} cut, ${refused} refused\n`,
    );
    expect(accepted.length).toBeGreaterThan(0);
    expect({ cut, refused }).toEqual({ cut: 0, refused: 0 });
    const landed = "FROM flights_departed WHERE startsWith(flight_id, 'rolled-')";
    await expect
      .poll(() => release.count(`uniqExact(flight_id) ${landed}`), {
        interval: 500,
        timeout: 300_000,
      })
      .toBe(accepted.length);
    expect(await release.count(`count() ${landed}`)).toBe(accepted.length);
  });

  test('a Kafka that was away restarts no pod, and events go through again when it is back', async () => {
    release.tellOfPods();
    const url = `${await door()}/v1/events/flights/departed`;
    const post = async (id: string, query = '') => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify(flight(id));
      const answer = await fetch(`${url}${query}`, { method: 'POST', headers, body });
      return { status: answer.status, text: await answer.text() };
    };
    await release.servers.stack.kill('kafka');
    expect((await post('away')).status).toBe(503);
    await release.servers.stack.restart('kafka');
    await expect
      .poll(() => post('back', '?wait=queryable'), { interval: 1_000, timeout: 300_000 })
      .toMatchObject({ status: 200 });
    await expect
      .poll(() => release.readiness(), { interval: 1_000, timeout: 300_000 })
      .toEqual(Array.from({ length: 9 }, () => true));
    expect(await release.restarts()).toEqual(Array.from({ length: 9 }, () => 0));
  });

  test('an upgrade whose contracts cannot be applied changes no pod, and its Job’s log says why', async () => {
    release.tellOfPods();
    const before = (await release.pods()).map(({ metadata }) => metadata.name).sort();
    const { values } = release;
    const file = 'schemas/flights/departed.avsc';
    const departed =
      values.project.files[file]?.replace(
        '"delay_minutes",\n      "type": "int"',
        '"delay_minutes",\n      "type": "string"',
      ) ?? '';
    expect(departed).not.toBe(values.project.files[file]);
    const files = { ...values.project.files, [file]: departed };
    const contracts = { ...values.contracts, backoffLimit: 0 };
    const refused = await release.upgrade({ ...values, contracts, project: { files } });
    expect(refused.code, refused.stdout).not.toBe(0);
    expect(
      await release.cluster.kubectl('-n', namespace, 'logs', `job/${name}-contracts`),
    ).toContain('delay_minutes');
    expect((await release.pods()).map(({ metadata }) => metadata.name).sort()).toEqual(before);
  });

  test('uninstalled, every pod ends in order and nothing but volumes is left', async () => {
    release.tellOfPods();
    await release.cluster.helm('uninstall', name, ...waited);
    await expect.poll(() => release.pods(), { interval: 1_000, timeout: 300_000 }).toEqual([]);
    const left = await release.cluster.kubectl(
      '-n',
      namespace,
      'get',
      'services,persistentvolumeclaims',
      '-o',
      'name',
    );
    expect(
      left.split('\n').filter((object) => !object.startsWith('persistentvolumeclaim/')),
    ).toEqual([]);
  });
});
