/** One backup, part by part. Nothing is stopped for it: what order the parts need is said where they are saved. */
import { basename } from 'node:path';
import { saveKafka } from './kafka-part.ts';
import { createBackup, type Manifest, openBackup } from './manifest.ts';
import { saveProject } from './project-part.ts';
import { exportRegistry, listRegistry } from './registry-export.ts';
import type { Part, Servers } from './settings.ts';
import { saveSource } from './source-part.ts';
import { saveWarehouse } from './warehouse-part.ts';

export interface BackupOptions {
  readonly directory: string;
  readonly project: string;
  readonly millrace: string;
  readonly parts: ReadonlySet<Part>;
  readonly topics: readonly string[];
  readonly records: readonly string[];
  /** Directory of an earlier backup: ClickHouse saves only what it lacks. */
  readonly since?: string;
  readonly nowMs: () => number;
  said(line: string): void;
}

/** Rejects with `backup.*`, and with what a server answered; the directory then has no manifest. */
export async function takeBackup(servers: Servers, options: BackupOptions): Promise<Manifest> {
  const { directory, project, parts, said, nowMs } = options;
  const { admin, connection, clickhouse, database, registry } = servers;
  const begunAt = new Date(nowMs()).toISOString();
  const base = options.since && (await openBackup(options.since)).warehouse?.name;
  const backup = await createBackup(directory);
  if (parts.has('project')) said(`project: ${await saveProject(project, backup)} files`);
  if (parts.has('registry')) {
    const listed = await listRegistry(registry);
    const archive = await exportRegistry(servers.registryUrl);
    await backup.write('registry.json', JSON.stringify(listed, null, 1));
    if (archive !== undefined) await backup.write('registry.zip', archive);
    said(
      `registry: ${listed.length} subjects${archive ? '' : '; a list alone: this registry keeps its state in a topic of its own'}`,
    );
  }
  if (parts.has('kafka')) {
    const { topics, records } = options;
    const saved = await saveKafka({ connection, admin, backup, topics, records });
    said(
      `kafka: ${saved.topics} topics, ${saved.groups} groups, ${saved.records} records of state`,
    );
  }
  if (parts.has('source') && servers.postgresUrl !== undefined) {
    const source = await saveSource(servers.postgresUrl);
    await backup.write('source.json', JSON.stringify(source, null, 1));
    said(`source: ${source.slots.length} slots, ${source.publications.length} publications`);
  }
  const warehouse = parts.has('warehouse')
    ? await saveWarehouse({
        ...{
          clickhouse,
          database,
          template: servers.place,
          name: warehouseName(directory, nowMs()),
        },
        ...(base && { base }),
      })
    : undefined;
  if (warehouse) said(`warehouse: ${warehouse.tables.length} tables, as ${warehouse.name}`);
  return backup.finish({
    ...{ millrace: options.millrace, begunAt, finishedAt: new Date(nowMs()).toISOString() },
    ...(parts.has('kafka') && { clusterId: await admin.clusterId() }),
    ...(warehouse && { warehouse }),
  });
}

/** The directory's name and the time: two backups into one place of ClickHouse never meet. */
const warehouseName = (directory: string, nowMs: number): string =>
  `${basename(directory)}-${new Date(nowMs).toISOString().replaceAll(/[-:.]/g, '')}`;
