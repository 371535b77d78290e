/** Values of each service, beside what all have in common (workload.ts). Memory: measured, see the services' READMEs. */
import type { ConfigDeclaration } from '@millrace/runtime';
import { postgresOfSource } from './connections.ts';
import { secretSettingsOf, settingsOf } from './service-settings.ts';
import { closed, type Group, objectName, quantity, secretKey, value } from './value.ts';
import { routes, scalingByLag, workload } from './workload.ts';

/** Config of each service by its name. */
export type Declarations = Readonly<Record<string, ConfigDeclaration>>;

const declared = (declarations: Declarations, service: string): ConfigDeclaration => {
  const found = declarations[service];
  if (found === undefined) throw new Error(`there is no service ${service}`);
  return found;
};

const serverCertificate = (what: string) => ({
  secretName: value.text(
    `Secret (kubernetes.io/tls) with the certificate of ${what}, which then speaks TLS alone.`,
    '',
    objectName,
  ),
});

const volume = (size: string) => ({
  size: value.text('Size of the volume of a pod.', size, quantity),
  storageClass: value.text('Storage class; empty: the cluster’s default.'),
});

/** `ingest` */
export const ingest = (declarations: Declarations): Group => {
  const config = declared(declarations, 'ingest');
  return value.group('The HTTP door.', {
    enabled: value.flag('Run it.', true),
    replicas: value.count('Doors.', 2, 0),
    autoscaling: value.group('Replicas by CPU (HorizontalPodAutoscaler).', {
      enabled: value.flag('Make one; replicas is then left out.', false),
      minReplicas: value.count('Least replicas.', 2, 1),
      maxReplicas: value.count('Most replicas.', 6, 1),
      cpuPercent: value.count('CPU of the request that is aimed at.', 70, 1, 100),
      behavior: value.asInKubernetes(
        'How fast doors come and go, as in HorizontalPodAutoscaler; what it does not say of scaleDown: a stabilizationWindowSeconds of 300. No scaleDown with a spool.',
        'object',
      ),
    }),
    spool: value.group(
      'The disk spool for streams that ask for it; the door is then a StatefulSet, and replicas are never taken away by themselves.',
      { enabled: value.flag('Give each door one.', false), ...volume('4Gi') },
    ),
    tls: value.group('TLS of the door itself.', {
      ...serverCertificate('the door'),
      clientCaSecret: secretKey('CA of client certificates (mTLS).', 'ca.crt'),
    }),
    ...routes('The door'),
    ...workload(config, {
      need: { cpu: '250m', memory: '256Mi', memoryLimit: '512Mi' },
      graceSeconds: 60,
      // Load balancers need longer than a second to learn that a pod ends.
      settings: { drainMs: '10s' },
    }),
  });
};

const sourceName = '^[a-z0-9]([a-z0-9_-]{0,30}[a-z0-9])?$';

/** `cdc` */
export const cdc = (declarations: Declarations): Group => {
  const config = declared(declarations, 'cdc');
  const source = closed(
    {
      name: {
        type: 'string',
        pattern: sourceName,
        description: 'Name of the database in topics, slot and publication (MILLRACE_CDC_SOURCE).',
      },
      postgres: postgresOfSource,
      settings: settingsOf(config).schema,
      secretSettings: secretSettingsOf(config).schema,
    },
    ['name', 'postgres'],
  );
  return value.group('Capture of PostgreSQL’s row changes; a Deployment for each source.', {
    sources: value.list(
      'Databases that are captured: name, postgres {url | urlSecret, caSecret}, settings and secretSettings beside those of all sources.',
      source,
    ),
    replicas: value.count(
      'Instances of each source: one works, the others wait and take over, at once when it stops, after settings.silenceTimeoutMs when its node is gone.',
      2,
      0,
    ),
    spoolSize: value.text(
      'Room for open transactions on disk (emptyDir); settings.spoolBytesMax must be less.',
      '12Gi',
      quantity,
    ),
    ...workload(config, {
      need: { cpu: '100m', memory: '256Mi', memoryLimit: '512Mi' },
      graceSeconds: 45,
      settings: { spoolBytesMax: '10GiB' },
    }),
  });
};

/** `streamTransform` */
export const streamTransform = (declarations: Declarations): Group => {
  const config = declared(declarations, 'stream-transform');
  return value.group('Transforms; a StatefulSet, so that a pod finds its checkpoint again.', {
    enabled: value.flag('Run it.', true),
    replicas: value.count('Instances that share the tasks.', 2, 0),
    persistence: value.group('State and checkpoints on a volume that stays with the pod.', {
      enabled: value.flag(
        'Ask for volumes; without, state is on the node’s disk and read from changelogs after each restart.',
        true,
      ),
      ...volume('10Gi'),
    }),
    stateQueries: value.flag(
      'Open the port that answers questions about state to the pods of this release. It has no users.',
      false,
    ),
    keda: scalingByLag(
      value.list(
        'Groups of the transforms whose lag counts: millrace.transform.<name>. A name that no transform of project.files or settings.transforms has is refused; one of another project has no lag.',
        { type: 'string', pattern: '^millrace\\.transform\\..+$' },
      ),
    ),
    ...workload(config, {
      need: { cpu: '250m', memory: '512Mi', memoryLimit: '1Gi' },
      graceSeconds: 60,
    }),
  });
};

/** `sink` */
export const sink = (declarations: Declarations): Group => {
  const config = declared(declarations, 'sink');
  return value.group('Kafka into ClickHouse.', {
    enabled: value.flag('Run it.', true),
    replicas: value.count('Sinks that share the partitions.', 2, 0),
    keda: scalingByLag(
      value.list('Further groups whose lag counts; the sink’s own is always there.', {
        type: 'string',
        minLength: 1,
      }),
    ),
    ...workload(config, {
      need: { cpu: '250m', memory: '256Mi', memoryLimit: '512Mi' },
      graceSeconds: 60,
    }),
  });
};

/** `quality` */
export const quality = (declarations: Declarations): Group => {
  const config = declared(declarations, 'quality');
  return value.group(
    'What watches, and the console; one instance. Its port is bound to the pod alone, for kubectl port-forward, until there are tokens, OIDC or settings.open.',
    {
      enabled: value.flag('Run it.', true),
      tokensSecret: secretKey('File of tokens (hashes) with names and roles.', 'tokens.yaml'),
      notificationsSecret: secretKey(
        'File of channels and routes of alerts.',
        'notifications.yaml',
      ),
      watchSources: value.flag(
        'Watch slots and compare dimensions at the PostgreSQL of cdc.sources, with their URLs.',
        true,
      ),
      tls: value.group('TLS of the console itself.', serverCertificate('the console')),
      ...routes('The console'),
      ...workload(config, {
        need: { cpu: '100m', memory: '256Mi', memoryLimit: '512Mi' },
        graceSeconds: 45,
      }),
    },
  );
};
