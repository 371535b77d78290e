/**
 * Puts a backup back, and looks whether it is there. What holds something already is not touched: it is named, and the
 * restore refused, or with `besides` only what is missing is restored. Order: registry, topics, records, groups, warehouse.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '@millrace/contracts';
import type { GroupOffsets } from './group-offsets.ts';
import type { SavedTopic } from './kafka-part.ts';
import { type Manifest, readPart } from './manifest.ts';
import {
  importRegistry,
  type ListedSubject,
  listRegistry,
  registryDifference,
} from './registry-export.ts';
import {
  checkKafka,
  nonEmptyTopics,
  restoreGroups,
  restoreRecords,
  restoreTopics,
  unfinishedTopics,
} from './restore-kafka.ts';
import type { Part, Servers } from './settings.ts';
import { checkWarehouse, existingTables, restoreWarehouse } from './warehouse-part.ts';

export interface RestoreOptions {
  readonly directory: string;
  readonly manifest: Manifest;
  readonly parts: ReadonlySet<Part>;
  readonly replicationFactor?: number;
  /** What is there is left as it is, and the rest restored. */
  readonly besides: boolean;
  readonly isDryRun: boolean;
  said(line: string): void;
}

interface Contents {
  readonly subjects: readonly ListedSubject[] | undefined;
  readonly topics: readonly SavedTopic[];
  readonly groups: readonly GroupOffsets[];
}

/** What the targets hold already. */
interface Obstacles {
  readonly hasSubjects: boolean;
  readonly topics: readonly string[];
  readonly tables: readonly string[];
}

/** Rejects with `restore.not-empty` before anything is changed, and with `restore.differs` when the end is not the backup. */
export async function restoreBackup(servers: Servers, options: RestoreOptions): Promise<void> {
  const { directory, manifest, said } = options;
  const contents: Contents = {
    subjects: await readPart(directory, manifest, 'registry.json'),
    topics: (await readPart(directory, manifest, 'topics.json')) ?? [],
    groups: (await readPart(directory, manifest, 'groups.json')) ?? [],
  };
  const obstacles = await findObstacles(servers, contents, options);
  for (const line of obstacleLines(obstacles, options.isDryRun ? allOf : some)) said(line);
  if (obstacleLines(obstacles).length > 0 && !options.besides && !options.isDryRun) {
    throw new MillraceError(
      'restore.not-empty',
      `the targets are not empty: ${obstacleLines(obstacles).join('; ')}`,
    );
  }
  if (options.isDryRun) return sayPlan(contents, obstacles, options);
  await restoreRegistry(servers, contents, obstacles, options);
  await restoreKafka(servers, contents, obstacles, options);
  await restoreTables(servers, obstacles, options);
}

async function findObstacles(
  { registry, admin, clickhouse, database }: Servers,
  { topics }: Contents,
  { parts, manifest }: RestoreOptions,
): Promise<Obstacles> {
  const { warehouse } = manifest;
  return {
    hasSubjects: parts.has('registry') && (await registry.subjects()).length > 0,
    topics: parts.has('kafka') ? await nonEmptyTopics(admin, topics) : [],
    tables:
      parts.has('warehouse') && warehouse
        ? await existingTables(clickhouse, database, warehouse)
        : [],
  };
}

const some = (names: readonly string[]): string =>
  names.length <= 3
    ? names.join(', ')
    : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;

const allOf = (names: readonly string[]): string => names.join(', ');

function obstacleLines(
  { hasSubjects, topics, tables }: Obstacles,
  list: typeof some = some,
): readonly string[] {
  return [
    ...(hasSubjects ? ['the registry has subjects'] : []),
    ...(topics.length > 0 ? [`topics hold records: ${list(topics)}`] : []),
    ...(tables.length > 0 ? [`tables exist: ${list(tables)}`] : []),
  ];
}

function sayPlan(
  { subjects, topics, groups }: Contents,
  obstacles: Obstacles,
  options: RestoreOptions,
): void {
  const { parts, manifest, said } = options;
  const records = topics.filter(
    (one) => one.records !== undefined && !obstacles.topics.includes(one.name),
  );
  if (parts.has('registry') && subjects && !obstacles.hasSubjects)
    said(`would import ${subjects.length} subjects with their ids`);
  if (parts.has('kafka')) {
    said(
      `would make those of ${topics.length} topics that are missing, and write the records of ${records.length}`,
    );
    said(`would set ${groups.length} groups`);
  }
  if (parts.has('warehouse') && manifest.warehouse && obstacles.tables.length === 0)
    said(
      `would restore ${manifest.warehouse.tables.length} tables from ${manifest.warehouse.name}`,
    );
}

async function restoreRegistry(
  { registry, registryUrl }: Servers,
  { subjects }: Contents,
  { hasSubjects }: Obstacles,
  { directory, manifest, parts, said }: RestoreOptions,
): Promise<void> {
  if (!parts.has('registry') || subjects === undefined) return;
  if (hasSubjects) {
    said('registry: left as it is');
  } else if (manifest.files['registry.zip'] !== undefined) {
    await importRegistry(
      registryUrl,
      new Uint8Array(await readFile(join(directory, 'registry.zip'))),
    );
  }
  const difference = registryDifference(subjects, await listRegistry(registry));
  if (difference !== undefined)
    throw new MillraceError('restore.differs', `registry: ${difference}`);
  said(`registry: ${subjects.length} subjects, every id as it was`);
}

async function restoreKafka(
  { connection, admin }: Servers,
  { topics, groups }: Contents,
  obstacles: Obstacles,
  { directory, parts, replicationFactor, said }: RestoreOptions,
): Promise<void> {
  if (!parts.has('kafka')) return;
  const on = {
    ...{ connection, admin, directory, topics, groups },
    ...(replicationFactor !== undefined && { replicationFactor }),
  };
  const unfinished = await unfinishedTopics(on, obstacles.topics);
  if (unfinished.length > 0)
    said(
      `left with fewer records than the backup: ${unfinished.join(', ')}. If a restore was cut off there, delete what it filled and restore anew`,
    );
  const made = await restoreTopics(on);
  const runs = await restoreRecords(on, (topic) => !obstacles.topics.includes(topic));
  const { offsets, left } = await restoreGroups(on, runs);
  await checkKafka({
    ...on,
    topics: topics.filter(({ name }) => !obstacles.topics.includes(name)),
  });
  const records = topics
    .filter(({ name }) => !obstacles.topics.includes(name))
    .reduce((sum, one) => sum + (one.records ?? 0), 0);
  said(`kafka: ${made.length} topics made, ${records} records written, ${offsets} offsets set`);
  if (left.length > 0) said(`begin at the start of a new topic: ${some(left)}`);
}

async function restoreTables(
  { clickhouse, database, place }: Servers,
  { tables }: Obstacles,
  { manifest: { warehouse }, parts, said }: RestoreOptions,
): Promise<void> {
  if (!parts.has('warehouse') || warehouse === undefined) return;
  if (tables.length > 0) {
    said('warehouse: left as it is, since tables exist');
    return;
  }
  await restoreWarehouse(clickhouse, database, place, warehouse);
  const rows = await checkWarehouse(clickhouse, warehouse, database);
  said(`warehouse: ${warehouse.tables.length} tables, ${rows} rows`);
}
