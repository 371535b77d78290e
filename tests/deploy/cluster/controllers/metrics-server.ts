/** metrics-server in the cluster, as its project publishes it: it asks kubelets what pods use, and answers HorizontalPodAutoscalers. */
import { parseAllDocuments } from 'yaml';
import { goProgram } from '../../engine/go-program.ts';
import { moduleFolder } from '../../engine/module-folder.ts';
import type { Cluster } from '../control-plane.ts';
import { imageOfPrograms } from './published-modules.ts';

const VERSION = '0.9.0';
const module = `sigs.k8s.io/metrics-server@v${VERSION}`;
const image = `localhost/millrace-metrics-server:${VERSION}`;

/** Builds it, which takes minutes the first time. @returns its image's name */
export const metricsServerImage = async (): Promise<string> => {
  const program = await goProgram(`metrics-server-${VERSION}`, module, './cmd/metrics-server');
  await imageOfPrograms(image, { '/metrics-server': program });
  return image;
};

interface Manifest {
  readonly kind: string;
  readonly spec?: { template?: { spec: { containers: { args: readonly string[] }[] } } };
}

/** Applies its manifests; the image must be in the cluster. Resolves when what pods use can be asked for. */
export const startMetricsServer = async (cluster: Cluster): Promise<void> => {
  const text = await cluster.kubectl('kustomize', `${await moduleFolder(module)}/manifests/base`);
  const items = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
  for (const { kind, spec } of items)
    if (kind === 'Deployment')
      for (const container of spec?.template?.spec.containers ?? [])
        Object.assign(container, {
          ...{ image, imagePullPolicy: 'Never', command: ['/metrics-server'] },
          // A kubelet here has made its certificate itself.
          args: [...container.args, '--kubelet-insecure-tls'],
        });
  const all = cluster.file('metrics-server.json', { apiVersion: 'v1', kind: 'List', items });
  await cluster.kubectl('apply', '--server-side', '-f', all);
  const available = ['--for=condition=Available', '--timeout=300s'];
  await cluster.kubectl('-n', 'kube-system', 'wait', ...available, 'deployment/metrics-server');
  await cluster.kubectl('wait', ...available, 'apiservice/v1beta1.metrics.k8s.io');
};
