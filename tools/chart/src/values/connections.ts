/** Values of what Millrace connects to: Kafka, the registry, ClickHouse, PostgreSQL, and whom it trusts. */
import { closed, type Group, type JsonSchema, objectName, secretKey, value } from './value.ts';

const url = (schemes: string): JsonSchema => ({
  type: 'string',
  pattern: `^((${schemes})://[^@/?#]+([/?#].*)?)?$`,
});

const port: JsonSchema = { type: 'integer', minimum: 1, maximum: 65_535 };

/** `kafka` */
export const kafka: Group = value.group('Kafka, the same for all services.', {
  brokers: value.list('Brokers to begin with, host:port.', {
    type: 'string',
    pattern: '^[^,:@/ ]+:[0-9]{1,5}$',
  }),
  tls: value.group('Encryption, and who is trusted.', {
    enabled: value.flag('Connections are encrypted and the brokers’ certificates checked.', false),
    caSecret: secretKey(
      'Who signed the brokers’ certificates; left out: whom Node trusts.',
      'ca.crt',
    ),
    clientSecret: value.group('This client’s certificate, for brokers that ask for one (mTLS).', {
      name: value.text('Name of a Secret, as cert-manager or Strimzi makes it.', '', objectName),
      certificateKey: value.text('Key of the certificate.', 'tls.crt', { minLength: 1 }),
      keyKey: value.text('Key of its private key.', 'tls.key', { minLength: 1 }),
    }),
  }),
  sasl: value.group('Who this client says it is.', {
    mechanism: value.oneOf(
      'none, plain, scram-sha-256, scram-sha-512 or oauthbearer.',
      ['none', 'plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'],
      'none',
    ),
    username: value.text('User; the client id for oauthbearer.'),
    passwordSecret: secretKey(
      'Password, or the client secret for oauthbearer; mounted as a file and read again at every connection, so that it can be changed under way.',
      'password',
    ),
    tokenUrl: value.text('For oauthbearer: where tokens are given.', '', url('https?')),
    tokenScope: value.text('For oauthbearer: the scope that is asked for.'),
  }),
});

/** `registry` */
export const registry: Group = value.group('Schema registry.', {
  url: value.text(
    'Root of its Confluent-compatible API, without user and password.',
    '',
    url('https?'),
  ),
  urlSecret: secretKey(
    'Instead of url: a Secret that holds the whole URL with user:password@.',
    'url',
  ),
});

/** `clickhouse` */
export const clickhouse: Group = value.group('ClickHouse.', {
  url: value.text('http(s)://host:port/database, without user and password.', '', url('https?')),
  urlSecret: secretKey(
    'Instead of url: a Secret that holds the whole URL with user:password@.',
    'url',
  ),
  cluster: value.text('Cluster that tables are made on; empty: the one server of the URL.'),
  replicated: value.flag('On a cluster: tables are kept on every replica.', true),
  sharded: value.flag('On a cluster: rows are spread over the shards.', false),
});

/** `trust` */
export const trust: Group = value.group(
  'A certificate authority of your own for registry, ClickHouse and identity providers (NODE_EXTRA_CA_CERTS). Name one of the two.',
  {
    secretName: value.text('Secret that holds it.', '', objectName),
    configMapName: value.text('ConfigMap that holds it.', '', objectName),
    key: value.text('Key of the PEM file.', 'ca.crt', { minLength: 1 }),
  },
);

const keyOfSecret = closed({ name: objectName, key: { type: 'string', minLength: 1 } }, [
  'name',
  'key',
]);

/** `cdc.sources[].postgres` */
export const postgresOfSource: JsonSchema = closed({
  url: {
    description: 'postgres://host:port/database, without user and password.',
    ...url('postgres(ql)?'),
  },
  urlSecret: {
    description:
      'Instead of url: a Secret that holds the whole URL; its key is `uri` in what CloudNativePG makes.',
    ...keyOfSecret,
  },
  caSecret: {
    description:
      'Who signed the server’s certificate; mounted as /etc/millrace/postgres-<source>/<key>, which the URL names: sslmode=verify-full&sslrootcert=….',
    ...keyOfSecret,
  },
});

const flow = (to: string, ports: readonly number[]): Group =>
  value.group(to, {
    ports: value.list('Ports that may be reached.', port, ports),
    to: value.asInKubernetes('Peers (NetworkPolicyPeer); empty: any address.', 'array'),
  });

/** `networkPolicy` */
export const networkPolicy: Group = value.group(
  'What may speak with what: everything is refused but the flows that a service needs.',
  {
    enabled: value.flag('Make the policies.', true),
    dns: value.group('Name resolution.', {
      to: value.asInKubernetes('Peers; empty: port 53 of any address.', 'array'),
    }),
    kafka: flow('Brokers: ports of kafka.brokers and these.', []),
    registry: flow(
      'The registry: the port of registry.url, or these when the URL is in a Secret.',
      [8080, 8081],
    ),
    clickhouse: flow(
      'ClickHouse over HTTP: the port of clickhouse.url, or these when the URL is in a Secret.',
      [8123, 8443],
    ),
    postgres: flow('PostgreSQL.', [5432]),
    web: flow(
      'HTTPS that services call where they are set to: identity providers, webhooks of alerts, object storage.',
      [443],
    ),
    ingestFrom: value.asInKubernetes('Who may send events; empty: anybody.', 'array'),
    qualityFrom: value.asInKubernetes('Who may open the console; empty: anybody.', 'array'),
    metricsFrom: value.asInKubernetes(
      'Who may read the admin ports (Prometheus); empty: anybody.',
      'array',
    ),
  },
);
