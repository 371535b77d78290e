/**
 * The chart's Ingresses and routes of a Gateway, served by Traefik itself: who posts to the door's host or opens the console's is answered, by the
 * certificate of that host, through NetworkPolicies that let nobody in but the controller.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { askEdge } from './cluster/ask-edge.ts';
import { type Authority, createAuthority } from './cluster/certificates.ts';
import { edge, startTraefik, traefikImage } from './cluster/controllers/traefik.ts';
import { addresses } from './cluster/node/network.ts';
import { release as names, stranger } from './cluster/pods-release.ts';
import { type PreparedRelease, prepareRelease } from './cluster/prepare-release.ts';
import { reachFrom } from './cluster/reach-from.ts';
import { missingForControllers } from './cluster/requirements.ts';
import { flight } from './cluster/watch-release.ts';
import { toldSkip } from './engine/told-skip.ts';

const { namespace } = names;
const hosts = {
  ...{ door: 'events.example.org', console: 'console.example.org' },
  ...{ routedDoor: 'events.gateway.example.org', routedConsole: 'console.gateway.example.org' },
} as const;
const slow = { interval: 1_000, timeout: 120_000 };

const isSkipped = toldSkip('the chart behind an ingress', await missingForControllers());

describe.skipIf(isSkipped)('the chart behind an ingress', () => {
  let release: PreparedRelease;
  let authority: Authority;
  let traefik: string;

  const landed = (id: string) =>
    release.count(`count() FROM flights_departed WHERE flight_id = '${id}'`);
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
        process.stdout.write(`${(await release.cluster.tryKubectl(...what)).stdout}\n`);
    });
  };

  const values = () => {
    const plain = release.values;
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
    release = await prepareRelease({ images: [await traefikImage()] });
    const { cluster } = release;
    authority = await createAuthority(cluster.nodeFolder('certificates'));
    const items = [
      await secretOf('door-tls', hosts.door),
      await secretOf('console-tls', hosts.console),
    ];
    const secrets = cluster.file('secrets.json', { apiVersion: 'v1', kind: 'List', items });
    await cluster.kubectl('apply', '-f', secrets);
    traefik = await startTraefik(cluster);
    const installed = await release.upgrade(values());
    expect(installed, installed.stderr).toMatchObject({ code: 0 });
  });
  afterAll(() => release?.stop());

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
    const addressOf = async (component: string) =>
      (await release.podsOf(component))[0]?.status.podIP;
    const targets = {
      door: `${await addressOf('ingest')}:8080`,
      console: `${await addressOf('quality')}:8090`,
    };
    const from = { namespace: 'elsewhere', pod: stranger };
    expect(await reachFrom(release.cluster, from, targets)).toEqual([]);
  });
});
