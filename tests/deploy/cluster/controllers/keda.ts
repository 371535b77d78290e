/** KEDA in the cluster, as its project publishes it: operator, adapter of metrics and admission, with their own rights and certificates. */
import { parseAllDocuments } from 'yaml';
import { moduleFolder } from '../../engine/module-folder.ts';
import type { Cluster } from '../control-plane.ts';
import { imageOfPrograms, publishedProgram } from './published-modules.ts';

const VERSION = '2.21.0';
const module = `github.com/kedacore/keda/v2@v${VERSION}`;
const image = `localhost/millrace-keda:${VERSION}`;

/** Path in the image → folder of the package. */
const programs = {
  '/keda': 'cmd/operator',
  '/keda-adapter': 'cmd/adapter',
  '/keda-admission-webhooks': 'cmd/webhooks',
} as const;

/** Builds its programs, which takes minutes the first time. @returns its image's name */
export const kedaImage = async (): Promise<string> => {
  const files: Record<string, string> = {};
  for (const [path, folder] of Object.entries(programs))
    files[path] = await publishedProgram(path.slice(1), { module, folder });
  await imageOfPrograms(image, files);
  return image;
};

interface Manifest {
  readonly kind: string;
  readonly spec?: {
    template?: { spec: { containers: { image: string; imagePullPolicy: string }[] } };
  };
}

/** Applies its manifests; the image must be in the cluster. Resolves when metrics can be asked for. */
export const startKeda = async (cluster: Cluster): Promise<void> => {
  const text = await cluster.kubectl('kustomize', `${await moduleFolder(module)}/config/default`);
  const items = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
  for (const { kind, spec } of items)
    if (kind === 'Deployment')
      for (const container of spec?.template?.spec.containers ?? [])
        Object.assign(container, { image, imagePullPolicy: 'Never' });
  const all = cluster.file('keda.json', { apiVersion: 'v1', kind: 'List', items });
  // A definition is larger than the note that a client's own apply leaves on an object may be.
  await cluster.kubectl('apply', '--server-side', '-f', all);
  const available = ['--for=condition=Available', '--timeout=300s'];
  await cluster.kubectl('-n', 'keda', 'wait', ...available, 'deployment', '--all');
  await cluster.kubectl('wait', ...available, 'apiservice/v1beta1.external.metrics.k8s.io');
};
