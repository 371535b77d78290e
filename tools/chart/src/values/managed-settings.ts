/**
 * Settings of services that the chart sets itself, out of values that are said once for all services or that belong
 * together with an object of Kubernetes. They are no keys of `<service>.settings`.
 */

const everywhere: Readonly<Record<string, string>> = {
  project: 'project',
  registryUrl: 'registry',
  clickhouseUrl: 'clickhouse',
  clickhouseCluster: 'clickhouse.cluster',
  clickhouseReplicated: 'clickhouse.replicated',
  clickhouseSharded: 'clickhouse.sharded',
  port: 'fixed: the Service leads there',
  host: 'decided by what may reach the port',
  adminPort: 'adminPort',
  logLevel: 'logLevel',
};

const byService: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ingest: {
    sinkGroup: 'sink.settings.group',
    spoolDirectory: 'ingest.spool',
    tlsCert: 'ingest.tls',
    tlsKey: 'ingest.tls',
    tlsClientCa: 'ingest.tls',
  },
  cdc: {
    postgresUrl: 'cdc.sources[].postgres',
    source: 'cdc.sources[].name',
    spoolDir: 'cdc.spoolSize',
  },
  'stream-transform': {
    stateDir: 'streamTransform.persistence',
    advertisedUrl: 'streamTransform.stateQueries',
    beside: 'millrace transform replay sets it',
  },
  sink: {
    until: 'millrace replay sets it',
    only: 'a redrive sets it',
    tableSuffix: 'millrace replay sets it',
  },
  quality: {
    sinkGroup: 'sink.settings.group',
    postgresUrl: 'cdc.sources[].postgres, quality.watchSources',
    postgresUrls: 'cdc.sources[].postgres, quality.watchSources',
    cdcSource: 'cdc.sources[].name',
    tokensFile: 'quality.tokensSecret',
    notificationsFile: 'quality.notificationsSecret',
    tlsCert: 'quality.tls',
    tlsKey: 'quality.tls',
    rejectedDoorUrl: 'the door of this release',
  },
};

/** Where the chart takes a setting from, or nothing when it is a key of `<service>.settings`. */
export const managedBy = (service: string, setting: string): string | undefined =>
  setting.startsWith('kafka') ? 'kafka' : (everywhere[setting] ?? byService[service]?.[setting]);
