/** One contract as the catalog shows it: an entry of the list, and the page behind it. */
import type { Contract, Ending } from '@millrace/contracts';
import type { CatalogEntry, CatalogPage, SchemaVersion } from '@millrace/operations';
import type { CatalogInput, Observation, ObservedVersion } from './catalog-input.ts';
import { describeFields, highestClassification } from './describe-fields.ts';
import { durationText } from './duration-text.ts';
import { howToQuery } from './how-to-query.ts';
import { consumersOf, producersOf } from './name-participants.ts';
import { schemaChanges } from './schema-changes.ts';
import { traceLineage } from './trace-lineage.ts';

/** A line of the list. */
export const catalogEntry = (
  contract: Contract,
  observed: Observation | undefined,
): CatalogEntry => {
  const { about, source, topic, warehouse } = contract;
  return {
    id: contract.id,
    title: about.title ?? null,
    domain: contract.domain,
    name: contract.name,
    version: contract.version,
    status: about.status,
    description: contract.description,
    owner: contract.owner,
    tags: about.tags,
    source: source.kind,
    role: warehouse?.role ?? null,
    topic: topic.name,
    view: warehouse?.view ?? null,
    classification: highestClassification(describeFields(contract)),
    condition: observed?.condition ?? 'unknown',
    lastEventMs: observed?.lastEventMs ?? null,
    rows: observed?.rows ?? null,
    bytes: observed?.bytes ?? null,
  };
};

/** By id. */
export const catalogEntries = (input: CatalogInput): readonly CatalogEntry[] =>
  input.contracts
    .map((contract) => catalogEntry(contract, input.observed(contract.id)))
    .sort((a, b) => a.id.localeCompare(b.id));

const versionsOf = (
  { compatibility }: Contract,
  versions: readonly ObservedVersion[],
): readonly SchemaVersion[] =>
  versions.map(({ version, schemaId, schemaText, registeredMs }, index) => {
    const before = versions[index - 1];
    return {
      ...{ version, schemaId, registeredMs },
      schema: JSON.parse(schemaText) as unknown,
      changes:
        before === undefined ? [] : schemaChanges(before.schemaText, schemaText, compatibility),
    };
  });

const endingOf = (ending: Ending | undefined): CatalogPage['ending'] =>
  ending === undefined
    ? null
    : {
        supportEnds: ending.supportEnds ?? null,
        ends: ending.ends ?? null,
        replacedBy: ending.replacedBy ?? null,
      };

const objectivesOf = (
  { latencyMs, topic }: Contract,
  observed: Observation | undefined,
): CatalogPage['objectives'] => {
  const p99Ms = observed?.latencyP99Ms ?? null;
  const kept = observed?.topicSettings?.['retention.ms'];
  const wanted = topic.retentionMs;
  return [
    ...(latencyMs === undefined
      ? []
      : [
          {
            name: 'latency',
            promised: `queryable within ${durationText(latencyMs)}`,
            observed: p99Ms === null ? null : `99 of 100 within ${durationText(p99Ms)}`,
            met: p99Ms === null ? null : p99Ms <= latencyMs,
          },
        ]),
    {
      name: 'retention',
      promised: `the topic keeps records ${retentionText(wanted)}`,
      observed: kept === undefined ? null : `it keeps them ${retentionText(Number(kept))}`,
      met: kept === undefined ? null : keepsLongEnough(Number(kept), wanted),
    },
  ];
};

const retentionText = (ms: number): string => (ms < 0 ? 'for ever' : durationText(ms));

const keepsLongEnough = (ms: number, wantedMs: number): boolean =>
  ms < 0 || (wantedMs >= 0 && ms >= wantedMs);

/** Whether the columns of the record are those of its table is the plan's affair; here is what people ask. */
export const catalogPage = (contract: Contract, input: CatalogInput): CatalogPage => {
  const { about, topic, warehouse } = contract;
  const observed = input.observed(contract.id);
  const declared = {
    partitions: String(topic.partitions),
    'cleanup.policy': topic.cleanupPolicy,
    'retention.ms': String(topic.retentionMs),
  };
  return {
    ...catalogEntry(contract, observed),
    observedMs: observed?.atMs ?? null,
    usage: about.usage ?? null,
    limitations: about.limitations ?? null,
    contacts: about.contacts.map(({ channel, url, description }) => ({
      ...{ channel, url: url ?? null, description: description ?? null },
    })),
    members: about.members
      .filter(({ dateOut }) => dateOut === undefined)
      .map(({ username, name, role }) => ({ name: name ?? username, role: role ?? null })),
    links: about.links.map((link) => ({ ...link, description: link.description ?? null })),
    ending: endingOf(about.ending),
    key: contract.key,
    compatibility: contract.compatibility,
    files: contract.files,
    quality: observed?.quality ?? declaredRules(contract),
    fields: describeFields(contract),
    versions: versionsOf(contract, observed?.versions ?? []),
    objectives: objectivesOf(contract, observed),
    producers: producersOf(contract, input),
    consumers: consumersOf(contract, input),
    lineage: traceLineage(contract, input),
    topicSettings: observed?.topicSettings ?? declared,
    tableSettings: observed?.tableSettings ?? declaredTable(warehouse),
    howToQuery: howToQuery(contract, input.contracts),
  };
};

/** Rules that nobody has judged. */
const declaredRules = ({ quality }: Contract): CatalogPage['quality'] =>
  quality === undefined ? null : { rules: quality.length, passed: 0, failed: 0, lastMs: null };

const declaredTable = (warehouse: Contract['warehouse']): Readonly<Record<string, string>> =>
  warehouse === undefined
    ? {}
    : {
        table: warehouse.table,
        order_by: warehouse.orderBy.join(', '),
        ...(warehouse.partitionBy !== undefined && { partition_by: warehouse.partitionBy }),
        ...(warehouse.ttl !== undefined && { ttl: warehouse.ttl }),
      };
