/** Traefik in the cluster, as the controller of Ingresses and of the Gateway API. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { moduleFolder } from '../../engine/module-folder.ts';
import type { Cluster } from '../control-plane.ts';
import { imageOfPrograms, publishedProgram } from './published-modules.ts';

/** The last one all of whose modules the proxy has. */
const VERSION = '3.6.12';
const module = `github.com/traefik/traefik/v3@v${VERSION}`;
/** The version that it is built with. */
const gatewayApi = 'sigs.k8s.io/gateway-api@v1.4.1';
const image = `localhost/millrace-traefik:${VERSION}`;

/** What it gets certificates from the web by, without the libraries of 150 providers of names, of which not all can be had. */
const lego = {
  module: 'github.com/go-acme/lego/v4@v4.33.0',
  made: {
    'providers/dns/zz_gen_dns_providers.go': `package dns

import (
	"errors"

	"github.com/go-acme/lego/v4/challenge"
)

func NewDNSChallengeProviderByName(name string) (challenge.Provider, error) {
	return nil, errors.New("left out: " + name)
}
`,
  },
};

/** Where it runs, the class of its Ingresses, and its Gateway. */
export const edge = { namespace: 'edge', ingressClass: 'traefik', gateway: 'public' } as const;

/** Builds it, which takes minutes the first time. @returns its image's name */
export const traefikImage = async (): Promise<string> => {
  // Its dashboard, which npm builds and nobody here opens.
  const made = { 'webui/static/index.html': '' };
  const folder = 'cmd/traefik';
  const file = await publishedProgram('traefik', { module, folder, made, changed: lego });
  await imageOfPrograms(image, { '/traefik': file });
  return image;
};

/** What Traefik's documentation gives it the right to see, in the module's folder. */
const roles = ['kubernetes-crd-rbac.yml', 'kubernetes-gateway-rbac.yml'] as const;

type Manifest = Readonly<Record<string, unknown>>;
const manifestsIn = (file: string): readonly Manifest[] =>
  parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Manifest);

const { namespace, ingressClass, gateway } = edge;
const meta = { name: 'traefik', namespace };
const labels = { app: 'traefik' };
const ports = { web: 8000, websecure: 8443 } as const;

const bindingOf = (role: string): Manifest => ({
  ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding' },
  metadata: { name: `edge-${role}` },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ kind: 'ServiceAccount', ...meta }],
});

const deployment: Manifest = {
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta },
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        serviceAccountName: 'traefik',
        containers: [
          {
            ...{ name: 'traefik', image, imagePullPolicy: 'Never', command: ['/traefik'] },
            args: [
              ...[`--entrypoints.web.address=:${ports.web}`, '--ping=true', '--accesslog=true'],
              ...[`--entrypoints.websecure.address=:${ports.websecure}`],
              // As its own chart has it: what comes in there is TLS, by the certificate of the host.
              ...['--entrypoints.websecure.http.tls=true', '--entrypoints.ping.address=:8080'],
              ...[
                '--ping.entrypoint=ping',
                `--providers.kubernetesingress.ingressclass=${ingressClass}`,
              ],
              ...['--providers.kubernetesingress=true', '--providers.kubernetesgateway=true'],
              ...['--global.checknewversion=false', '--global.sendanonymoususage=false'],
            ],
            readinessProbe: { httpGet: { path: '/ping', port: 8080 }, periodSeconds: 1 },
          },
        ],
      },
    },
  },
};

const objects: readonly Manifest[] = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta },
  deployment,
  {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: meta },
    spec: {
      selector: labels,
      ports: [
        { name: 'web', port: 80, targetPort: ports.web },
        { name: 'websecure', port: 443, targetPort: ports.websecure },
      ],
    },
  },
  {
    ...{
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: ingressClass },
    },
    spec: { controller: 'traefik.io/ingress-controller' },
  },
  {
    ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass' },
    metadata: { name: 'traefik' },
    spec: { controllerName: 'traefik.io/gateway-controller' },
  },
  {
    ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway' },
    metadata: { name: gateway, namespace },
    spec: {
      gatewayClassName: 'traefik',
      listeners: [
        {
          ...{ name: 'http', protocol: 'HTTP', port: ports.web },
          allowedRoutes: { namespaces: { from: 'All' } },
        },
      ],
    },
  },
];

/** Applies it, with the Gateway API's definitions; the image must be in the cluster. @returns the address of its Service */
export const startTraefik = async (cluster: Cluster): Promise<string> => {
  const definitions = join(await moduleFolder(gatewayApi), 'config/crd/standard');
  await cluster.kubectl('apply', '--server-side', '-f', definitions);
  await cluster.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=120s');
  const documents = join(
    await moduleFolder(module),
    'docs/content/reference/dynamic-configuration',
  );
  const rights = roles
    .flatMap((file) => manifestsIn(join(documents, file)))
    .filter(({ kind }) => kind === 'ClusterRole');
  const bindings = rights.map(({ metadata }) => bindingOf((metadata as { name: string }).name));
  const own = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  const items = [own, ...rights, ...bindings, ...objects];
  const all = cluster.file('traefik.json', { apiVersion: 'v1', kind: 'List', items });
  await cluster.kubectl('apply', '-f', all);
  const inEdge = ['-n', namespace] as const;
  const available = ['--for=condition=Available', '--timeout=300s', 'deployment/traefik'];
  await cluster.kubectl(...inEdge, 'wait', ...available);
  return cluster.kubectl(...inEdge, 'get', 'service/traefik', '-o', 'jsonpath={.spec.clusterIP}');
};
