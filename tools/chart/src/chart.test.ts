import { readFileSync } from 'node:fs';
import { describeConfig, readConfig, unknownVariables } from '@millrace/runtime';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { matrix } from './checks/matrix.ts';
import { podsOf } from './checks/pod-specs.ts';
import { policies } from './checks/policies.ts';
import { typeProblems } from './checks/typed-objects.ts';
import { chartFolder, findProgram, runHelm } from './helm/helm.ts';
import { type KubernetesObject, refusalOf, renderChart } from './helm/render-chart.ts';
import { loadConfigs } from './service-configs.ts';
import { managedBy } from './values/managed-settings.ts';

const configs = await loadConfigs();
const declared = new Set(
  Object.values(configs).flatMap((config) => describeConfig(config).map(({ env }) => env)),
);
// Anywhere but on x64 Linux helm has to be on the machine; without it these are skipped.
const withHelm = test.skipIf(findProgram('helm') === undefined);
const example = (file: string) =>
  parseAllDocuments(readFileSync(`${chartFolder}/examples/${file}`, 'utf8')).map(
    (document) => document.toJS() as KubernetesObject,
  );
const ways = Object.entries({ ...matrix, 'the example': example('values.yaml')[0] ?? {} });
const rendered = new Map<object, readonly KubernetesObject[]>();
/** Each way is rendered once. */
const render = (values: object): readonly KubernetesObject[] => {
  const objects = rendered.get(values) ?? renderChart(values);
  rendered.set(values, objects);
  return objects;
};

withHelm.each(ways)('%s: helm lint --strict finds nothing', (_name, values) => {
  const said = runHelm(['lint', '--strict', chartFolder, '--values', '-'], JSON.stringify(values));
  expect(said).toContain('0 chart(s) failed');
});

withHelm.each(ways)(
  '%s: every object is what its type says, and nothing more',
  async (_name, values) => {
    const objects = render(values);
    expect(objects.length).toBeGreaterThan(5);
    expect((await Promise.all(objects.map(typeProblems))).flat()).toEqual([]);
  },
);

withHelm.each(ways)('%s: no policy is broken', (_name, values) => {
  const objects = render(values);
  const broken = policies(declared).flatMap(({ name, problems }) =>
    problems(objects).map((problem) => `${name}: ${problem}`),
  );
  expect(broken).toEqual([]);
});

test('the example’s registry is judged as the chart’s own objects are', async () => {
  const objects = example('registry.yaml');
  expect((await Promise.all(objects.map(typeProblems))).flat()).toEqual([]);
  const own = policies(declared).filter(({ name }) => !name.startsWith('a service has probes'));
  expect(own.flatMap(({ problems }) => problems(objects))).toEqual([]);
});

withHelm('the ways together render every template', () => {
  const kinds = new Set(ways.flatMap(([, values]) => render(values).map(({ kind }) => kind)));
  expect([...kinds].sort()).toEqual([
    ...['ConfigMap', 'Deployment', 'HTTPRoute', 'HorizontalPodAutoscaler', 'Ingress', 'Job'],
    ...['NetworkPolicy', 'Pod', 'PodDisruptionBudget', 'PodMonitor', 'PrometheusRule'],
    ...['ScaledObject', 'Secret', 'Service', 'ServiceAccount', 'StatefulSet'],
    'TriggerAuthentication',
  ]);
});

withHelm.each(ways)('%s: every service starts on the variables of its pods', (_name, values) => {
  for (const { of, labels, spec } of podsOf(render(values))) {
    const config = configs[labels['app.kubernetes.io/component'] ?? ''];
    if (config === undefined) continue;
    // What comes out of a Secret is anything that the setting takes.
    const examples = new Map(
      Object.values(config.settings).map(({ env, example }) => [env, example]),
    );
    const variables = (spec.containers[0]?.env ?? []).map(
      ({ name, value }) =>
        [name, value ?? examples.get(name)?.replace(':port', ':80') ?? ''] as const,
    );
    expect(() => readConfig(config, Object.fromEntries(variables)), of).not.toThrow();
    expect(unknownVariables(config, Object.fromEntries(variables)), of).toEqual([]);
  }
});

interface Flow {
  readonly ports: readonly { readonly port: number }[];
  readonly from?: readonly object[];
  readonly to?: readonly object[];
}

withHelm.each(ways)(
  '%s: pods of the sink, and of transforms, reach each other’s admin port',
  (_name, values) => {
    const objects = render(values).filter(({ kind }) => kind === 'NetworkPolicy');
    for (const service of ['sink', 'stream-transform']) {
      const policy = objects.find(({ metadata }) => metadata.name.endsWith(`-${service}`));
      if (policy === undefined) continue;
      const { podSelector, ingress, egress } = policy['spec'] as {
        readonly podSelector: object;
        readonly ingress: readonly Flow[];
        readonly egress: readonly Flow[];
      };
      const [admin] = ingress;
      const port = admin!.ports[0]!.port;
      if (admin!.from) expect(admin!.from).toContainEqual({ podSelector });
      const out = egress.filter(({ ports }) => ports.some((one) => one.port === port));
      expect(out.flatMap(({ to = [] }) => to)).toContainEqual({ podSelector });
    }
  },
);

const environmentOf = (values: object, workload: string): Record<string, string> =>
  Object.fromEntries(
    podsOf(render(values))
      .filter(({ of }) => of.endsWith(workload))
      .flatMap(({ spec }) => spec.containers)
      .flatMap(({ env = [] }) => env)
      .map(({ name, value, valueFrom }) => [name, value ?? JSON.stringify(valueFrom)]),
  );

withHelm(
  'settings arrive as the service reads them: lists with commas, whole numbers as such',
  () => {
    expect(environmentOf(matrix['everything'] ?? {}, 'orders-stream-ingest')).toMatchObject({
      MILLRACE_INGEST_EVENTS_MAX: '1000000',
      MILLRACE_INGEST_CORS_ORIGINS: 'https://a.example,https://b.example',
      MILLRACE_INGEST_TLS_CLIENT_REQUIRED: 'true',
      MILLRACE_INGEST_BODY_MAX: '20MiB',
      MILLRACE_SINK_GROUP: 'warehouse',
      MILLRACE_INGEST_JWT_JWKS_URL: '{"secretKeyRef":{"name":"idp","key":"jwks"}}',
      AWS_REGION: 'eu-central-1',
    });
  },
);

withHelm('settings of a source go before those of all sources', () => {
  const cdc = {
    settings: { heartbeatMs: '5s', tombstones: false },
    sources: [
      { name: 'a', postgres: { url: 'postgres://a/a' }, settings: { heartbeatMs: '20s' } },
      { name: 'b', postgres: { url: 'postgres://b/b' } },
    ],
  };
  const values = { ...matrix['least'], cdc };
  const both = { MILLRACE_CDC_TOMBSTONES: 'false' };
  expect(environmentOf(values, 'cdc-a')).toMatchObject({ ...both, MILLRACE_CDC_HEARTBEAT: '20s' });
  expect(environmentOf(values, 'cdc-b')).toMatchObject({ ...both, MILLRACE_CDC_HEARTBEAT: '5s' });
});

withHelm('the console’s port leaves its pod only where somebody must log in, or on purpose', () => {
  const hostWith = (quality: object) =>
    environmentOf({ ...matrix['least'], quality }, 'quality')['MILLRACE_QUALITY_HOST'];
  expect(hostWith({})).toBe('127.0.0.1');
  expect(hostWith({ tokensSecret: { name: 'tokens' } })).toBe('0.0.0.0');
  expect(hostWith({ settings: { oidcIssuer: 'https://id.example' } })).toBe('0.0.0.0');
  expect(hostWith({ settings: { open: 'yes' } })).toBe('0.0.0.0');
  // yes without quotes is true in YAML as Helm reads it
  expect(hostWith({ settings: { open: true } })).toBe('0.0.0.0');
  expect(hostWith({ settings: { open: false } })).toBe('127.0.0.1');
});

withHelm(
  'every setting of every service can be set: by settings, secretSettings, or a value of its own',
  () => {
    const schema = JSON.parse(readFileSync(`${chartFolder}/values.schema.json`, 'utf8'));
    const missing = Object.entries(configs).flatMap(([service, config]) => {
      const group = schema.properties[service === 'stream-transform' ? 'streamTransform' : service];
      const { settings, secretSettings } = group.properties;
      return describeConfig(config)
        .map(({ name }) => name)
        .filter(
          (name) =>
            !(name in settings.properties) &&
            !(name in secretSettings.properties) &&
            managedBy(service, name) === undefined,
        )
        .map((name) => `${service}.${name}`);
    });
    expect(missing).toEqual([]);
  },
);

withHelm('values.yaml is taken by its own schema', () => {
  const schema = JSON.parse(readFileSync(`${chartFolder}/values.schema.json`, 'utf8')) as object;
  const validate = new Ajv({ strict: false }).compile(schema);
  validate(parse(readFileSync(`${chartFolder}/values.yaml`, 'utf8')));
  expect(validate.errors ?? []).toEqual([]);
});

const least = matrix['least'] ?? {};
const source = { name: 'a', postgres: { url: 'postgres://a/a' } };

withHelm.each<[string, object, RegExp]>([
  ['no brokers', { ...least, kafka: {} }, /kafka\.brokers is empty/],
  [
    'a broker without a port',
    { ...least, kafka: { brokers: ['kafka'] } },
    /does not match pattern/,
  ],
  ['no registry', { ...least, registry: {} }, /registry: neither url nor urlSecret/],
  ['a misspelt value', { ...least, sinks: {} }, /additional properties 'sinks' not allowed/],
  [
    'a misspelt setting',
    { ...least, sink: { settings: { flushAge: '1s' } } },
    /'flushAge' not allowed/,
  ],
  [
    'a setting of the chart',
    { ...least, sink: { settings: { adminPort: 1 } } },
    /'adminPort' not allowed/,
  ],
  [
    'a duration without a unit',
    { ...least, sink: { settings: { flushAgeMs: 25 } } },
    /want string/,
  ],
  [
    'a duration below its least',
    { ...least, sink: { settings: { tokenTrustMs: '10ms' } } },
    /sink\.settings\.tokenTrustMs: 10ms is below the least \(1000 ms\)/,
  ],
  [
    'a duration above its most',
    { ...least, sink: { settings: { flushAgeMs: '2h' } } },
    /flushAgeMs: 2h is above the most \(60000 ms\)/,
  ],
  [
    'a size below its least',
    { ...least, sink: { settings: { fetchBytesMax: 10 } } },
    /fetchBytesMax: 10 is below the least \(65536 bytes\)/,
  ],
  ['a decimal size', { ...least, sink: { settings: { fetchBytesMax: '2MB' } } }, /fetchBytesMax/],
  [
    'a number above its most',
    { ...least, sink: { settings: { insertsPerSecond: 201 } } },
    /maximum: got 201, want 200/,
  ],
  ['a word that is none of them', { ...least, logLevel: 'loud' }, /logLevel/],
  [
    'a list with commas inside',
    { ...least, sink: { settings: { topics: ['a,b'] } } },
    /does not match pattern/,
  ],
  [
    'a secret as a setting',
    { ...least, cdc: { sources: [{ ...source, settings: { maskHashSalt: 's' } }] } },
    /'maskHashSalt' not allowed/,
  ],
  [
    'a password in an address',
    { ...least, clickhouse: { url: 'http://me:secret@ch:8123/db' } },
    /does not match pattern/,
  ],
  [
    'a password in a setting',
    { ...least, quality: { settings: { openLineageUrl: 'http://me:secret@ch:8123' } } },
    /does not match pattern/,
  ],
  [
    'both url and urlSecret',
    { ...least, registry: { url: 'http://r', urlSecret: { name: 'r' } } },
    /url and urlSecret are both given/,
  ],
  [
    'a variable of Millrace by extraEnv',
    { ...least, sink: { extraEnv: [{ name: 'MILLRACE_SINK_GROUP', value: 'x' }] } },
    /extraEnv/,
  ],
  ['a tag that moves', { ...least, image: { tag: 'latest' } }, /image\/tag/],
  ['no limits', { ...least, sink: { resources: { limits: null } } }, /resources/],
  [
    'a grace that is too short',
    { ...least, sink: { settings: { stopDeadlineMs: '2m' } } },
    /60s is not longer than stopDeadlineMs \(120000 ms\)/,
  ],
  [
    'SASL without a password',
    { ...least, kafka: { brokers: ['k:1'], sasl: { mechanism: 'plain' } } },
    /needs username and passwordSecret/,
  ],
  [
    'a password without SASL',
    { ...least, kafka: { brokers: ['k:1'], sasl: { username: 'me' } } },
    /mechanism is none/,
  ],
  [
    'a CA without TLS',
    { ...least, kafka: { brokers: ['k:1'], tls: { caSecret: { name: 'ca' } } } },
    /kafka\.tls\.enabled is false/,
  ],
  [
    'tokens from nowhere',
    {
      ...least,
      kafka: {
        brokers: ['k:1'],
        sasl: { mechanism: 'oauthbearer', username: 'a', passwordSecret: { name: 'b' } },
      },
    },
    /tokenUrl/,
  ],
  [
    'a source without its database',
    { ...least, cdc: { sources: [{ name: 'a' }] } },
    /missing property 'postgres'/,
  ],
  ['two sources of one name', { ...least, cdc: { sources: [source, source] } }, /two are called a/],
  [
    'a console that is open by accident',
    { ...least, quality: { ingress: { enabled: true, hosts: ['x'] } } },
    /nobody guards/,
  ],
  [
    'an ingress without hosts',
    { ...least, ingest: { ingress: { enabled: true } } },
    /hosts is empty/,
  ],
  [
    'a route without a gateway',
    { ...least, ingest: { httpRoute: { enabled: true } } },
    /parentRefs is empty/,
  ],
  [
    'KEDA without groups',
    { ...least, streamTransform: { keda: { enabled: true } } },
    /consumerGroups is empty/,
  ],
  [
    'more replicas at least than at most',
    { ...least, sink: { keda: { enabled: true, minReplicas: 9 } } },
    /minReplicas is more/,
  ],
  [
    'a file that leads out of the project',
    { ...least, project: { files: { 'schemas/../../x': '' } } },
    /leads out of the project/,
  ],
  [
    'a canary without a door',
    { ...least, ingest: { enabled: false }, test: { canary: true } },
    /needs the door/,
  ],
])('%s is refused, and the message says what is wrong', (_what, values, message) => {
  expect(refusalOf(values)).toMatch(message);
});
