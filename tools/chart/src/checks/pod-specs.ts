/** The pods that objects make: of Deployments, StatefulSets, Jobs, and bare ones. */
import type { KubernetesObject } from '../helm/render-chart.ts';

export interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: object;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly Variable[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources?: {
    readonly limits?: Record<string, string>;
    requests?: Record<string, string>;
  };
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly [field: string]: unknown;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly { readonly name: string; readonly [kind: string]: unknown }[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly automountServiceAccountToken?: boolean;
  readonly enableServiceLinks?: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly [field: string]: unknown;
}

/** A pod with what it is called in messages, and its labels. */
export interface FoundPod {
  readonly of: string;
  readonly kind: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
  /** Names of the volumes that a StatefulSet asks for. */
  readonly claims: readonly string[];
}

interface Template {
  readonly metadata?: { readonly labels?: Record<string, string> };
  readonly spec: PodSpec;
}

/** Every pod among the objects. */
export const podsOf = (objects: readonly KubernetesObject[]): readonly FoundPod[] =>
  objects.flatMap((object) => {
    const spec = object['spec'] as {
      template?: Template;
      volumeClaimTemplates?: KubernetesObject[];
    };
    const template = object.kind === 'Pod' ? (object as unknown as Template) : spec?.template;
    if (template?.spec === undefined) return [];
    return [
      {
        of: `${object.kind} ${object.metadata.name}`,
        kind: object.kind,
        labels: template.metadata?.labels ?? {},
        spec: template.spec,
        claims: (spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name),
      },
    ];
  });

/** Whether every label of the selector is on the pod. */
export const selects = (
  selector: Readonly<Record<string, string>>,
  { labels }: FoundPod,
): boolean => Object.entries(selector).every(([name, text]) => labels[name] === text);
