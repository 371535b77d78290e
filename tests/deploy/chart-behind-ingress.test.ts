/**
 * The chart's Ingresses and routes of a Gateway, served by Traefik itself: who posts to the door's host or opens the console's is answered, by the
 * certificate of that host, through NetworkPolicies that let nobody in but the controller.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '@millrace/chart';
import { type ClickHouse, createClickHouse } from '@millrace/clickhouse';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { askEdge } from './cluster/ask-edge.ts';
import { type Authority, createAuthority } from './cluster/certificates.ts';
import { edge, startTraefik, traefikImage } from './cluster/controllers/traefik.ts';
import { addresses } from './cluster/node/network.ts';
import { type RealCluster, startRealCluster } from './cluster/node/start-real-cluster.ts';
import {
  fixturesOf,
  imageName,
  projectFiles,
  release as releaseNames,
  stranger,
  valuesOf,
} from './cluster/pods-release.ts';
import { missingForControllers } from './cluster/programs.ts';
import { reachFrom } from './cluster/reach-from.ts';
import { type Servers, startServers } from './cluster/servers.ts';
import { flight, type ReleaseView, watchRelease } from './cluster/watch-release.ts';
import { buildImage } from './engine/build-image.ts';
import { missingForImages } from './engine/requirements.ts';

const missing =
  (await missingForImages()) ??
  (await missingForControllers()) ??
  (findProgram('helm') === undefined ? 'there is no helm for this machine' : undefined);
if (missing !== undefined)
  process.stdout.write(`skipped, the chart behind an ingress: ${missing}\n`);

const { namespace } = releaseNames;
const hosts = {
  ...{ door: 'events.example.org', console: 'console.example.org' },
  ...{ routedDoor: 'events.gateway.example.org', routedConsole: 'console.gateway.example.org' },
} as const;
const slow = { interval: 1_000, timeout: 120_000 };

describe.skipIf(missing !== undefined)('the chart behind an ingress', () => {
  let cluster: RealCluster;
  let servers: Servers;
  let clickhouse: ClickHouse;
  let release: ReleaseView;
  let authority: Authority;
  let traefik: string;

  const landed = async (id: string): Promise<number> =>
    Number(
      (
        await clickhouse.query<{ n: string }>(
          `SELECT count() AS n FROM flights_departed WHERE flight_id = '${id}'`,
        )
      )[0]?.n,
    );
  const ask = (url: string, body?: object) =>
    askEdge(traefik, url, {
      ca: readFileSync(authority.file, 'utf8'),
      ...(body && {
        ...{ method: 'POST', body: JSON.stringify(body) },
        headers: { 'content-type': 'application/json' },
      }),
    });
  const tell = () => {
    release.tellOfPods();
    onTestFailed(async () => {
      const asked = ['get', 'ingresses,httproutes,gateways', '--all-namespaces', '-o', 'yaml'];
      const logs = ['-n', edge.namespace, 'logs', 'deployment/traefik', '--tail=40'];
      for (const what of [asked, logs])
        process.stdout.write(`${(await cluster.tryKubectl(...what)).stdout}\n`);
    });
  };

  const values = async () => {
    const { stack, kafkaPort } = servers;
    const plain = valuesOf(stack.endpoints, kafkaPort, await projectFiles());
    const routes = (host: string, routed: string, tlsSecretName: string) => ({
      ingress: { enabled: true, className: edge.ingressClass, hosts: [host], tlsSecretName },
      httpRoute: {
        ...{ enabled: true, hostnames: [routed] },
        parentRefs: [{ name: edge.gateway, namespace: edge.namespace }],
      },
    });
    const fromEdge = [
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': edge.namespace } } },
    ];
    return {
      ...plain,
      ...{ cdc: { sources: [] }, streamTransform: { enabled: false } },
      ingest: { ...plain.ingest, ...routes(hosts.door, hosts.routedDoor, 'door-tls') },
      quality: {
        ...{ ...plain.quality, settings: { open: 'yes', trustedProxies: [addresses.pods] } },
        ...routes(hosts.console, hosts.routedConsole, 'console-tls'),
      },
      networkPolicy: { ...plain.networkPolicy, ingestFrom: fromEdge, qualityFrom: fromEdge },
    };
  };
  /** The certificate of a host, as a Secret. */
  const secretOf = async (name: string, host: string): Promise<object> => {
    const { certificate, key } = await authority.issue(name, [`DNS:${host}`]);
    return {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } },
      ...{ type: 'kubernetes.io/tls' },
      stringData: {
        'tls.crt': readFileSync(certificate, 'utf8'),
        'tls.key': readFileSync(key, 'utf8'),
      },
    };
  };

  beforeAll(async () => {
    await buildImage({ tag: imageName });
    cluster = await startRealCluster({ images: [imageName, await traefikImage()] });
    release = watchRelease(cluster);
    servers = await startServers();
    const { endpoints } = servers.stack;
    clickhouse = createClickHouse({ url: endpoints.clickhouseUrl });
    authority = await createAuthority(join(cluster.nodeFolder('certificates')));
    const fixtures = fixturesOf(endpoints, []);
    await cluster.kubectl('apply', '-f', cluster.file('fixtures.json', fixtures));
    const items = [
      await secretOf('door-tls', hosts.door),
      await secretOf('console-tls', hosts.console),
    ];
    const secrets = cluster.file('secrets.json', { apiVersion: 'v1', kind: 'List', items });
    await cluster.kubectl('apply', '-f', secrets);
    traefik = await startTraefik(cluster);
    const installed = await release.upgrade(await values());
    expect(installed, installed.stderr).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await clickhouse?.close();
    await cluster?.stop();
    await servers?.stop();
  });

  test.each([
    ['an Ingress, with the certificate of its host', `https://${hosts.door}`],
    ['a route of a Gateway', `http://${hosts.routedDoor}`],
  ])('an event that is posted through %s is answered and queryable', async (_, url) => {
    tell();
    const id = new URL(url).hostname;
    const events = `${url}/v1/events/flights/departed`;
    // The controller is told of pods and routes a moment after they are there.
    const post = () => ask(`${events}?wait=queryable`, flight(id));
    await expect.poll(async () => (await post()).status, slow).toBe(200);
    expect(await landed(id)).toBe(1);
    expect(await ask(events, flight(`${id}-2`))).toMatchObject({ status: 202 });
  });

  test.each([
    ['an Ingress, with the certificate of its host', `https://${hosts.console}`],
    ['a route of a Gateway', `http://${hosts.routedConsole}`],
  ])('the console opens through %s, and its API answers there', async (_, url) => {
    tell();
    await expect.poll(async () => (await ask(`${url}/`)).status, slow).toBe(200);
    const page = await ask(`${url}/`);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.text).toContain('<title>');
    const catalog = await ask(`${url}/api/v1/catalog/export/dcat`);
    expect(catalog).toMatchObject({ status: 200 });
    // It knows under which name it was asked, since it trusts the controller's word for it.
    expect(catalog.text).toContain(`${url}/api/v1/catalog`);
  });

  test('a host that the chart does not name is nobody’s, and pods that are not the controller’s reach neither port', async () => {
    tell();
    expect(await ask('http://elsewhere.example.org/')).toMatchObject({ status: 404 });
    const pods = await release.pods();
    const addressOf = (component: string) =>
      pods.find(({ metadata }) => metadata.labels['app.kubernetes.io/component'] === component)
        ?.status.podIP;
    const targets = {
      door: `${addressOf('ingest')}:8080`,
      console: `${addressOf('quality')}:8090`,
    };
    const from = { namespace: 'elsewhere', pod: stranger };
    expect(await reachFrom(cluster, from, targets)).toEqual([]);
  });
});
