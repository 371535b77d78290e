/**
 * The ways in which the chart is used, as values: what CI renders and judges, and what a real API server takes
 * (tests/deploy/chart.test.ts). Each sets more than it needs to, so that every template is rendered by one of them.
 */

/** What every way gives: addresses without secrets. */
const servers = {
  kafka: { brokers: ['kafka-1:9092', 'kafka-2:9092'] },
  registry: { url: 'http://registry:8080/apis/ccompat/v7' },
  clickhouse: { url: 'http://clickhouse:8123/millrace' },
} as const;

const secret = (name: string, key: string) => ({ name, key });

const flights = {
  name: 'flights',
  postgres: { url: 'postgres://postgres:5432/flights' },
  settings: { tables: ['public.airports'] },
};

/** As little as can be. */
const least = servers;

/** Everything that has a switch, on. */
const everything = {
  ...servers,
  nameOverride: 'stream',
  commonLabels: { team: 'data' },
  image: { digest: `sha256:${'a'.repeat(64)}`, pullSecrets: ['registry'], pullPolicy: 'Always' },
  project: {
    files: {
      'schemas/flights/departed.avsc': '{"name": "departed"}\n',
      'transforms/x.ts': '// "x"\n',
    },
    configMaps: [{ name: 'more-schemas', items: [{ key: 'a', path: 'schemas/more/a.avsc' }] }],
  },
  trust: { configMapName: 'company-ca' },
  contracts: { allowDestructive: true },
  ingest: {
    autoscaling: {
      ...{ enabled: true, maxReplicas: 9 },
      behavior: { scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] } },
    },
    spool: { enabled: true, storageClass: 'fast' },
    tls: { secretName: 'door-tls', clientCaSecret: secret('door-clients', 'ca.crt') },
    service: { type: 'LoadBalancer', port: 443, annotations: { 'example.org/internal': 'true' } },
    ingress: {
      enabled: true,
      className: 'nginx',
      hosts: ['door.example.org'],
      tlsSecretName: 'door',
    },
    httpRoute: {
      enabled: true,
      parentRefs: [{ name: 'gateway' }],
      hostnames: ['door.example.org'],
    },
    settings: {
      auth: 'required',
      bodyBytesMax: '20MiB',
      eventsMax: 1_000_000,
      corsOrigins: ['https://a.example', 'https://b.example'],
      tlsClientRequired: true,
    },
    secretSettings: { jwksUrl: secret('idp', 'jwks') },
    podLabels: { tier: 'edge' },
    podAnnotations: { 'example.org/scrape': 'no' },
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ key: 'edge', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    priorityClassName: 'high',
    extraEnv: [{ name: 'AWS_REGION', value: 'eu-central-1' }],
    extraVolumes: [{ name: 'keys', secret: { secretName: 'ingest-keys' } }],
    extraVolumeMounts: [{ name: 'keys', mountPath: '/etc/keys' }],
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' },
    ],
  },
  cdc: {
    settings: { heartbeatMs: '5s' },
    sources: [
      flights,
      { name: 'order_items', postgres: { url: 'postgres://other:5432/orders' }, settings: {} },
    ],
  },
  streamTransform: {
    stateQueries: true,
    keda: { enabled: true, consumerGroups: ['millrace.transform.delays_by_airport'] },
    persistence: { size: '50Gi', storageClass: 'fast' },
  },
  sink: { keda: { enabled: true }, settings: { group: 'warehouse', insertRowsMax: 200_000 } },
  quality: {
    tokensSecret: secret('console-tokens', 'tokens.yaml'),
    notificationsSecret: secret('alerts', 'notifications.yaml'),
    tls: { secretName: 'console-tls' },
    ingress: { enabled: true, hosts: ['console.example.org'] },
    httpRoute: { enabled: true, parentRefs: [{ name: 'gateway', namespace: 'edge' }] },
    settings: {
      publicUrl: 'https://console.example.org',
      runbooksUrl: 'https://runbooks.example.org',
    },
    secretSettings: {
      ingestToken: secret('canary', 'token'),
      sqlUrl: secret('console', 'sql-url'),
    },
  },
  monitoring: {
    podMonitor: { enabled: true, labels: { release: 'prometheus' } },
    prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
    dashboards: { enabled: true, annotations: { grafana_folder: 'Millrace' } },
  },
  networkPolicy: {
    dns: {
      to: [
        { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } },
      ],
    },
    kafka: {
      ports: [9094],
      to: [{ podSelector: { matchLabels: { 'strimzi.io/cluster': 'events' } } }],
    },
    ingestFrom: [{ namespaceSelector: {} }],
    qualityFrom: [{ namespaceSelector: {} }],
    metricsFrom: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }],
  },
  test: { canary: true, tokenSecret: secret('canary', 'token') },
};

const scram = {
  enabled: true,
  caSecret: secret('kafka-ca', 'ca.crt'),
};

/** Every connection encrypted, every credential in a Secret. */
const secured = (mechanism: string) => ({
  ...servers,
  kafka: {
    ...servers.kafka,
    tls: scram,
    sasl: {
      mechanism,
      username: 'millrace',
      passwordSecret: secret('kafka-user', 'password'),
      ...(mechanism === 'oauthbearer'
        ? { tokenUrl: 'https://id.example.org/token', tokenScope: 'kafka' }
        : {}),
    },
  },
  registry: { urlSecret: secret('registry', 'url') },
  clickhouse: { urlSecret: secret('clickhouse', 'url'), cluster: 'main', sharded: true },
  trust: { secretName: 'company-ca' },
  cdc: {
    sources: [
      {
        name: 'flights',
        postgres: { urlSecret: secret('pg-app', 'uri'), caSecret: secret('pg-ca', 'ca.crt') },
        secretSettings: { maskHashSalt: secret('salt', 'salt') },
      },
      { name: 'orders', postgres: { urlSecret: secret('pg-orders', 'uri') } },
    ],
  },
  sink: { keda: { enabled: true } },
});

/** Brokers that know clients by their certificates. */
const mutualTls = {
  ...servers,
  kafka: {
    ...servers.kafka,
    tls: {
      ...scram,
      clientSecret: { name: 'kafka-client', certificateKey: 'user.crt', keyKey: 'user.key' },
    },
  },
  sink: { keda: { enabled: true } },
};

/** Only what takes events: no capture, no transforms, no console; the cluster's own rules of the network. */
const doorAndSink = {
  ...servers,
  streamTransform: { enabled: false },
  quality: { enabled: false },
  contracts: { enabled: false },
  networkPolicy: { enabled: false },
  serviceAccount: { create: false },
  ingest: { podDisruptionBudget: { enabled: false }, replicas: 1 },
};

/** Only a capture, by another name, where OpenShift chooses users. */
const captureAlone = {
  ...servers,
  fullnameOverride: 'a-name-that-is-far-too-long-for-what-hangs-on-it',
  ingest: { enabled: false },
  streamTransform: { enabled: false, persistence: { enabled: false } },
  sink: { enabled: false },
  security: { setUser: false },
  cdc: { sources: [{ ...flights, name: 'a_source_with_a_long_name_28' }], replicas: 1 },
};

/** State without volumes, console open on purpose. */
const trial = {
  ...servers,
  streamTransform: { persistence: { enabled: false }, replicas: 1 },
  quality: { settings: { open: 'yes' } },
  image: { tag: '0.1.0-rc1' },
  logLevel: 'debug',
};

/** Each way by its name. */
export const matrix: Readonly<Record<string, object>> = {
  least,
  everything,
  'TLS and PLAIN': secured('plain'),
  'TLS and SCRAM': secured('scram-sha-512'),
  'TLS and OAUTHBEARER': secured('oauthbearer'),
  'client certificates': mutualTls,
  'door and sink': doorAndSink,
  'capture alone': captureAlone,
  trial,
};
