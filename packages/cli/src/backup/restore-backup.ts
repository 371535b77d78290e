/**
 * Puts a backup back, and looks whether it is there. What holds something else already is not touched: it is named, and the
 * restore refused, or with `besides` only what is missing is restored. Order: registry, topics, records, groups, warehouse.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RegistryClient } from '@millrace/avro';
import { MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import { type FullTopics, findFullTopics } from './begun-topics.ts';
import type { GroupOffsets } from './group-offsets.ts';
import type { SavedTopic } from './kafka-part.ts';
import { type Manifest, readPart } from './manifest.ts';
import {
  importRegistry,
  type ListedSubject,
  listRegistry,
  type RegistryState,
  registryDifference,
  registryState,
} from './registry-export.ts';
import {
  checkKafka,
  restoreGroups,
  restoreRecords,
  restoreTopics,
  unfinishedTopics,
} from './restore-kafka.ts';
import { findTargetTables, restoreWarehouse, type TargetTables } from './restore-warehouse.ts';
import type { Part, Servers } from './settings.ts';

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
  readonly registry: RegistryState;
  readonly topics: FullTopics;
  readonly tables: TargetTables;
}

/**
 * What a restore of the same backup that was cut off has left is gone on with. Rejects with `restore.not-empty` before anything is
 * changed, and with `restore.differs` when the end is not the backup.
 */
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
  { registry, connection, admin, clickhouse, database, place }: Servers,
  { subjects, topics }: Contents,
  { directory, parts, manifest: { warehouse }, said }: RestoreOptions,
): Promise<Obstacles> {
  return {
    registry: parts.has('registry') ? await findSubjects(registry, subjects, said) : 'empty',
    topics: parts.has('kafka')
      ? await findFullTopics({ connection, admin, directory, topics })
      : { others: [], begun: new Map() },
    tables:
      parts.has('warehouse') && warehouse
        ? await findTargetTables({ clickhouse, database, place, warehouse })
        : { full: [], isBegun: false },
  };
}

const BETWEEN_LOOKS_MS = 500;
const STILL_LOOKS = 10;

/** An import goes on in the registry when the command that asked for it was killed: as long as it grows it is waited for. */
async function findSubjects(
  registry: RegistryClient,
  saved: readonly ListedSubject[] | undefined,
  said: (line: string) => void,
): Promise<RegistryState> {
  let [versions, still] = [-1, 0];
  for (;;) {
    if ((await registry.subjects()).length === 0) return 'empty';
    const found = await listRegistry(registry);
    const state = registryState(saved ?? [], found);
    const now = found.reduce((sum, one) => sum + one.versions.length, 0);
    still = now === versions ? still + 1 : 0;
    if (state !== 'part' || still === STILL_LOOKS) return state;
    if (versions === -1) said('registry: holds a part of the backup; waiting whether it grows');
    versions = now;
    await systemClock.sleep(BETWEEN_LOOKS_MS);
  }
}

const some = (names: readonly string[]): string =>
  names.length <= 3
    ? names.join(', ')
    : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;

const allOf = (names: readonly string[]): string => names.join(', ');

function obstacleLines(
  { registry, topics: { others }, tables }: Obstacles,
  list: typeof some = some,
): readonly string[] {
  const isTables = tables.full.length > 0 && !tables.isBegun;
  return [
    ...(registry === 'other' ? ['the registry has subjects'] : []),
    ...(registry === 'part'
      ? ['the registry holds a part of the backup, as one that died over an import: empty it']
      : []),
    ...(others.length > 0 ? [`topics hold records: ${list(others)}`] : []),
    ...(isTables ? [`tables hold rows: ${list(tables.full)}`] : []),
  ];
}

function sayPlan(
  { subjects, topics, groups }: Contents,
  obstacles: Obstacles,
  options: RestoreOptions,
): void {
  const { parts, manifest, said } = options;
  const { registry, tables } = obstacles;
  const { others, begun } = obstacles.topics;
  const records = topics.filter(
    ({ name, records: saved }) => saved !== undefined && !others.includes(name) && !begun.has(name),
  );
  if (parts.has('registry') && subjects && registry === 'empty')
    said(`would import ${subjects.length} subjects with their ids`);
  if (parts.has('kafka')) {
    said(
      `would make those of ${topics.length} topics that are missing, and write the records of ${records.length}`,
    );
    if (begun.size > 0)
      said(`would go on in what a restore that was cut off has begun: ${allOf([...begun.keys()])}`);
    said(`would set ${groups.length} groups`);
  }
  if (!parts.has('warehouse') || manifest.warehouse === undefined) return;
  const count = manifest.warehouse.tables.length;
  if (tables.isBegun)
    said(
      `would begin again ${count} tables, over which a restore was cut off, unless they are whole`,
    );
  else if (tables.full.length === 0)
    said(`would restore ${count} tables from ${manifest.warehouse.name}`);
}

async function restoreRegistry(
  { registry, registryUrl }: Servers,
  { subjects }: Contents,
  { registry: found }: Obstacles,
  { directory, manifest, parts, said }: RestoreOptions,
): Promise<void> {
  if (!parts.has('registry') || subjects === undefined) return;
  if (found !== 'empty') {
    said(found === 'whole' ? 'registry: is there already' : 'registry: left as it is');
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
  const { others, begun } = obstacles.topics;
  const unfinished = await unfinishedTopics(on, others);
  if (unfinished.length > 0)
    said(
      `left with fewer records than the backup: ${unfinished.join(', ')}; what is there is not of the backup`,
    );
  if (begun.size > 0)
    said(
      `kafka: goes on where a restore was cut off, in ${begun.size} topics that hold records of it`,
    );
  const open = topics.filter(({ name }) => !others.includes(name));
  const made = await restoreTopics(on);
  const runs = await restoreRecords(on, (topic) => !others.includes(topic), begun);
  const { offsets, left } = await restoreGroups(on, runs, begun);
  await checkKafka({ ...on, topics: open });
  const were = [...begun.values()].flat().reduce((sum, count) => sum + count, 0);
  const records = open.reduce((sum, one) => sum + (one.records ?? 0), 0) - were;
  said(`kafka: ${made.length} topics made, ${records} records written, ${offsets} offsets set`);
  if (left.length > 0) said(`begin at the start of a new topic: ${some(left)}`);
}

async function restoreTables(
  { clickhouse, database, place }: Servers,
  { tables }: Obstacles,
  { manifest: { warehouse }, parts, said }: RestoreOptions,
): Promise<void> {
  if (!parts.has('warehouse') || warehouse === undefined) return;
  if (tables.full.length > 0 && !tables.isBegun) {
    said('warehouse: left as it is, since tables hold rows');
    return;
  }
  const rows = await restoreWarehouse({ clickhouse, database, place, warehouse }, tables, said);
  said(`warehouse: ${warehouse.tables.length} tables, ${rows} rows`);
}
