/**
 * Definitions of the kinds that operators bring, as the API server needs them to take objects of them. Their fields are open here:
 * tools/chart judges objects by the operators' own types.
 */

const definition = (group: string, version: string, kind: string, plural: string): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: `${plural}.${group}`,
    // Groups of Kubernetes' own domain ask for a word on their review.
    annotations: { 'api-approved.kubernetes.io': 'unapproved, a fixture of a test' },
  },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    ],
  },
});

/** Of Prometheus' operator, KEDA and the Gateway API: what the chart makes when it is asked to. */
export const customResources: readonly object[] = [
  definition('monitoring.coreos.com', 'v1', 'PodMonitor', 'podmonitors'),
  definition('monitoring.coreos.com', 'v1', 'PrometheusRule', 'prometheusrules'),
  definition('keda.sh', 'v1alpha1', 'ScaledObject', 'scaledobjects'),
  definition('keda.sh', 'v1alpha1', 'TriggerAuthentication', 'triggerauthentications'),
  definition('gateway.networking.k8s.io', 'v1', 'HTTPRoute', 'httproutes'),
];
