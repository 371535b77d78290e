/** Whom the preference for other zones counts: of an update, its own pods alone, on a Kubernetes that can tell them apart. */
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { matrix } from './checks/matrix.ts';
import { podsOf } from './checks/pod-specs.ts';
import { chartFolder, findProgram, runHelm } from './helm/helm.ts';
import type { KubernetesObject } from './helm/render-chart.ts';

interface Affinity {
  readonly podAntiAffinity: {
    readonly preferredDuringSchedulingIgnoredDuringExecution: readonly {
      readonly podAffinityTerm: { readonly matchLabelKeys?: readonly string[] };
    }[];
  };
}

test.skipIf(findProgram('helm') === undefined).each([
  ['1.27.0', undefined],
  ['1.30.9', undefined],
  ['1.31.0-eks-1', ['pod-template-hash']],
  ['1.34.4', ['pod-template-hash']],
])('on Kubernetes %s the pods of all services prefer other zones by %j', (version, keys) => {
  const target = ['--kube-version', version, '--values', '-'];
  const text = runHelm(['template', 'x', chartFolder, ...target], JSON.stringify(matrix['least']));
  const objects = parseAllDocuments(text)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);
  const affinities = podsOf(objects)
    .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
    .map(({ spec }) => spec['affinity'] as Affinity);
  expect(affinities.length).toBeGreaterThan(3);
  for (const { podAntiAffinity } of affinities)
    for (const term of podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution)
      expect(term.podAffinityTerm.matchLabelKeys).toEqual(keys);
});
