/**
 * Objects against the published types of their kinds, and strictly: a field that no type knows is found, too. The types'
 * validators look only at fields that they know, so those that they never look at are unknown.
 */
import type { KubernetesObject } from '../helm/render-chart.ts';

interface Validator {
  (data: unknown): boolean;
  errors?: readonly { instancePath: string; keyword: string; params: unknown }[] | null;
}

const core = 'kubernetes-models IoK8sApi';
const operator =
  '@kubernetes-models/prometheus-operator ComGithubPrometheusOperatorPrometheusOperatorPkgApisMonitoringV1';
const keda = '@kubernetes-models/keda ComGithubKedacoreKedaV2ApisKedaV1alpha1';

/** Package and file of the validator of a kind. */
const modules: Readonly<Record<string, string>> = {
  'v1/ConfigMap': `${core}CoreV1ConfigMap`,
  'v1/Pod': `${core}CoreV1Pod`,
  'v1/Secret': `${core}CoreV1Secret`,
  'v1/Service': `${core}CoreV1Service`,
  'v1/ServiceAccount': `${core}CoreV1ServiceAccount`,
  'apps/v1/Deployment': `${core}AppsV1Deployment`,
  'apps/v1/StatefulSet': `${core}AppsV1StatefulSet`,
  'autoscaling/v2/HorizontalPodAutoscaler': `${core}AutoscalingV2HorizontalPodAutoscaler`,
  'batch/v1/Job': `${core}BatchV1Job`,
  'networking.k8s.io/v1/Ingress': `${core}NetworkingV1Ingress`,
  'networking.k8s.io/v1/NetworkPolicy': `${core}NetworkingV1NetworkPolicy`,
  'policy/v1/PodDisruptionBudget': `${core}PolicyV1PodDisruptionBudget`,
  'monitoring.coreos.com/v1/PodMonitor': `${operator}PodMonitor`,
  'monitoring.coreos.com/v1/PrometheusRule': `${operator}PrometheusRule`,
  'keda.sh/v1alpha1/ScaledObject': `${keda}ScaledObject`,
  'keda.sh/v1alpha1/TriggerAuthentication': `${keda}TriggerAuthentication`,
  'gateway.networking.k8s.io/v1/HTTPRoute':
    '@kubernetes-models/gateway-api IoK8sSigsGatewayApiApisV1HTTPRoute',
};

/** What is wrong with an object, one a line; nothing when it is right. */
export const typeProblems = async (object: KubernetesObject): Promise<readonly string[]> => {
  const kind = `${object.apiVersion}/${object.kind}`;
  const path = modules[kind];
  const where = `${object.kind} ${object.metadata.name}`;
  if (path === undefined) return [`${where}: there is no type for ${kind}`];
  const validate = await loadValidator(path);
  const looked = new Map<object, Set<string>>();
  const isValid = validate(watched(object, looked));
  const wrong = isValid
    ? []
    : (validate.errors ?? []).map(
        ({ instancePath, keyword, params }) =>
          `${where}${instancePath}: ${keyword} ${JSON.stringify(params)}`,
      );
  return [...wrong, ...unknownFields(object, looked).map((field) => `${where}${field}: unknown`)];
};

/** Not every package exports these files by name, so they are taken from beside its index. */
const loadValidator = async (module: string): Promise<Validator> => {
  const [name, file] = module.split(' ') as [string, string];
  const url = new URL(`_schemas/${file}.js`, import.meta.resolve(name));
  return ((await import(url.href)) as { validate: Validator }).validate;
};

/** The same data; notes which fields of each object are asked for, `*` when all are gone through. */
const watched = (data: object, looked: Map<object, Set<string>>): object => {
  const proxies = new Map<object, object>();
  const watch = (target: object): object => {
    const known = proxies.get(target);
    if (known !== undefined) return known;
    const fields = new Set<string>();
    looked.set(target, fields);
    const proxy = new Proxy(target, {
      get: (owner, field) => {
        fields.add(String(field));
        const found: unknown = Reflect.get(owner, field);
        return typeof found === 'object' && found !== null ? watch(found) : found;
      },
      ownKeys: (owner) => {
        fields.add('*');
        return Reflect.ownKeys(owner);
      },
    });
    proxies.set(target, proxy);
    return proxy;
  };
  return watch(data);
};

/** Fields that nobody asked for. What lies under a field of any type is not looked into. */
const unknownFields = (
  data: unknown,
  looked: ReadonlyMap<object, ReadonlySet<string>>,
  path = '',
): readonly string[] => {
  if (typeof data !== 'object' || data === null) return [];
  const fields = looked.get(data);
  if (fields === undefined || fields.size === 0) return [];
  return Object.entries(data).flatMap(([name, value]) => {
    if (!Array.isArray(data) && !fields.has(name)) return [`${path}/${name}`];
    return unknownFields(value, looked, `${path}/${name}`);
  });
};
