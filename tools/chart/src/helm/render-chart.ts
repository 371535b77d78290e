/** The chart rendered by helm, as objects. */
import { parseAllDocuments } from 'yaml';
import { chartFolder, runHelm } from './helm.ts';

/** An object of Kubernetes as it was rendered. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Name of the release that is rendered. */
export const releaseName = 'orders';

/** What helm says to values that it refuses, or nothing. */
export const refusalOf = (values: object): string | undefined => {
  try {
    renderText(values);
    return undefined;
  } catch (error) {
    return String((error as { stderr?: string }).stderr ?? error);
  }
};

/** `helm template` with these values. Throws when they are refused. */
export const renderText = (values: object): string =>
  runHelm(
    ['template', releaseName, chartFolder, '--namespace', 'millrace', '--values', '-'],
    JSON.stringify(values),
  );

/** The same as objects; hooks among them. Throws when what was rendered is no YAML, or has a key twice. */
export const renderChart = (values: object): readonly KubernetesObject[] =>
  parseAllDocuments(renderText(values)).flatMap((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw problem;
    const object = document.toJS() as KubernetesObject | null;
    return object === null ? [] : [object];
  });
