/** What rules of Kafka are made of, out of a project and the services' own settings in the environment. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AccessInput,
  type Contract,
  MillraceError,
  type TransformTopics,
  withPlatformContracts,
} from '@millrace/contracts';
import { defineConfig, readConfig, setting } from '@millrace/runtime';
import type { Transform } from '@millrace/streams';
import { parse } from 'yaml';
import { loadTransforms } from '../transform/load-transforms.ts';

/** Those settings of the services that name a topic or a group, under the services' own variables. */
const config = defineConfig('access', {
  sinkGroup: setting.string({
    env: 'MILLRACE_SINK_GROUP',
    default: 'millrace.sink',
    description: 'Consumer group of the sink.',
  }),
  ingestAuth: setting.string({
    env: 'MILLRACE_INGEST_AUTH',
    default: 'none',
    description: 'required: the door asks for keys.',
  }),
  ingestSpool: setting.string({
    env: 'MILLRACE_INGEST_SPOOL_DIR',
    optional: true,
    description: 'The door has a spool.',
  }),
  source: setting.string({
    env: 'MILLRACE_CDC_SOURCE',
    optional: true,
    description: 'A captured database that no contract may name.',
  }),
  signalTopic: setting.string({
    env: 'MILLRACE_CDC_SIGNAL_TOPIC',
    optional: true,
    description: 'Signals to the capture.',
  }),
  notificationTopic: setting.string({
    env: 'MILLRACE_CDC_NOTIFICATION_TOPIC',
    optional: true,
    description: 'Notifications of the capture.',
  }),
  outboxTable: setting.string({
    env: 'MILLRACE_CDC_OUTBOX_TABLE',
    optional: true,
    description: 'The capture has an outbox.',
  }),
  outboxTopic: setting.string({
    env: 'MILLRACE_CDC_OUTBOX_TOPIC',
    default: `outbox.event.\${routedByValue}`,
    description: 'Where its messages go.',
  }),
  alertsTopic: setting.string({
    env: 'MILLRACE_QUALITY_ALERTS_TOPIC',
    default: '_millrace.quality.alerts',
    description: 'Open alerts and silences.',
  }),
  lineageTopic: setting.string({
    env: 'MILLRACE_QUALITY_OPENLINEAGE_TOPIC',
    optional: true,
    description: 'OpenLineage events.',
  }),
});

/** Names of the sources that a door follows; those with `every: never` are loaded by hand. */
const followedSources = async (project: string): Promise<readonly string[]> => {
  const folder = join(project, 'sources');
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const followed: string[] = [];
  for (const file of names.filter((one) => /\.ya?ml$/.test(one)).sort()) {
    const declared = parse(await readFile(join(folder, file), 'utf8')) as
      | { readonly name?: string; readonly every?: string }
      | undefined;
    if (declared?.every === 'never') continue;
    followed.push(declared?.name ?? file.replace(/\.ya?ml$/, ''));
  }
  return followed;
};

const topicOf = (contracts: readonly Contract[], id: string, transform: string): string => {
  const found = contracts.find((contract) => contract.id === id);
  if (found !== undefined) return found.topic.name;
  throw new MillraceError(
    'transform.invalid',
    `transform ${transform} names the contract '${id}', which the project does not have`,
  );
};

/** The topics at a transform's ends. Throws `transform.invalid` for a contract that is not there. */
const topicsOf = ({ name, graph }: Transform, contracts: readonly Contract[]): TransformTopics => {
  const reads = graph.nodes.flatMap((node) => {
    if (node.kind === 'source')
      return [node.options.topic ?? topicOf(contracts, node.contract, name)];
    return node.kind === 'global-table' ? [topicOf(contracts, node.contract, name)] : [];
  });
  const writes = graph.nodes.flatMap((node) =>
    node.kind === 'sink' ? [node.topic ?? topicOf(contracts, node.contract, name)] : [],
  );
  return { name, reads, writes };
};

const captured = (contracts: readonly Contract[], named: string | undefined): readonly string[] => {
  const sources = contracts.flatMap(({ source }) =>
    source.kind === 'change' ? [source.source] : [],
  );
  return [...new Set([...sources, ...(named === undefined ? [] : [named])])].sort();
};

/** Throws as `loadTransforms` and `readConfig`. */
export const readAccessInput = async (
  project: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<AccessInput> => {
  const settings = readConfig(config, env);
  const { contracts: own, transforms } = await loadTransforms(project);
  const contracts = withPlatformContracts(own);
  return {
    contracts,
    transforms: transforms.map(({ transform }) => topicsOf(transform, contracts)),
    settings: {
      sinkGroup: settings.sinkGroup,
      asksForKeys: settings.ingestAuth === 'required',
      hasSpool: settings.ingestSpool !== undefined,
      followedSources: await followedSources(project),
      captures: captured(contracts, settings.source),
      signalTopic: settings.signalTopic,
      notificationTopic: settings.notificationTopic,
      outboxPrefix:
        settings.outboxTable === undefined ? undefined : settings.outboxTopic.split('${')[0],
      alertsTopic: settings.alertsTopic,
      lineageTopic: settings.lineageTopic,
    },
  };
};
