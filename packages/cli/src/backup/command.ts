/**
 * `millrace backup` and `millrace restore`: into and out of a directory. What they are for, what is lost between two of
 * them, and the drill: docs/operations/disaster.md.
 */
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { print, printJson } from '../contracts/command-output.ts';
import { readContracts } from '../contracts/read-contracts.ts';
import { tableText } from '../demo/table-text.ts';
import { lastLanded } from './last-landed.ts';
import { type Manifest, openBackup } from './manifest.ts';
import { restoreBackup } from './restore-backup.ts';
import { connectServers, type Part, parts, type Servers } from './settings.ts';
import { takeBackup } from './take-backup.ts';
import { tryWarehouse } from './warehouse-part.ts';

interface CommonFlags {
  readonly only: readonly Part[];
  readonly json: boolean;
}

const chosen = (only: readonly Part[]): ReadonlySet<Part> =>
  new Set(only.length === 0 ? parts : only);

const versionOf = (): string => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
};

interface BackupFlags extends CommonFlags {
  readonly project: string;
  readonly topics: readonly string[];
  readonly records: readonly string[];
  readonly since?: string;
}

const backup = async (directory: string, flags: BackupFlags): Promise<void> => {
  const servers = connectServers(process.env);
  try {
    const manifest = await takeBackup(servers, {
      ...{ directory, project: flags.project, parts: chosen(flags.only), millrace: versionOf() },
      ...{ topics: flags.topics, records: flags.records, nowMs: Date.now },
      ...(flags.since !== undefined && { since: flags.since }),
      said: flags.json ? () => undefined : print,
    });
    if (flags.json) printJson({ directory, ...manifest });
    else print(`${directory} is whole: ${Object.keys(manifest.files).length} files.`);
  } finally {
    await servers.close();
  }
};

/** What would be missing after Kafka was restored from this backup, as far as anybody can know. */
const tellLoss = async (
  { clickhouse, database }: Servers,
  manifest: Manifest,
  { project, json }: RestoreFlags,
  said: (line: string) => void,
): Promise<void> => {
  const landed = await lastLanded(clickhouse, database, await readContracts(project));
  const rows = landed.map(({ contract, rows: count, newestMs }) => ({
    ...{ contract, rows: count },
    'newest record': newestMs === undefined ? '–' : new Date(newestMs).toISOString(),
  }));
  if (json) printJson({ backup: manifest.begunAt, facts: rows });
  else print(tableText(rows));
  said(
    `State (keys, gates, dead letters, transforms) is that of ${manifest.begunAt}. Events after the newest record of their fact are not in ClickHouse; what was acknowledged then is lost unless its senders keep it.`,
  );
};

interface RestoreFlags extends CommonFlags {
  readonly dryRun: boolean;
  readonly verifyOnly: boolean;
  readonly besides: boolean;
  readonly loss: boolean;
  readonly project: string;
  readonly replicationFactor?: number;
}

const restore = async (directory: string, flags: RestoreFlags): Promise<void> => {
  const manifest = await openBackup(directory);
  const lines: string[] = [];
  const said = (line: string) => {
    lines.push(line);
    if (!flags.json) print(line);
  };
  said(`backup of ${manifest.finishedAt}, by Millrace ${manifest.millrace}: checksums are right`);
  const servers = connectServers(process.env);
  try {
    if (flags.loss) {
      await tellLoss(servers, manifest, flags, said);
    } else if (flags.verifyOnly) {
      if (manifest.warehouse && chosen(flags.only).has('warehouse')) {
        const rows = await tryWarehouse(servers.clickhouse, servers.place, manifest.warehouse);
        said(
          `warehouse: ${manifest.warehouse.tables.length} tables restored beside, ${rows} rows, dropped again`,
        );
      }
    } else {
      await restoreBackup(servers, {
        ...{ directory, manifest, parts: chosen(flags.only), said },
        ...{ besides: flags.besides, isDryRun: flags.dryRun },
        ...(flags.replicationFactor !== undefined && {
          replicationFactor: flags.replicationFactor,
        }),
      });
    }
    if (flags.dryRun) said('Nothing was changed (--dry-run).');
    if (flags.json)
      printJson({ ok: true, directory, finishedAt: manifest.finishedAt, said: lines });
  } finally {
    await servers.close();
  }
};

const addresses =
  '\nReads MILLRACE_KAFKA_BROKERS, MILLRACE_REGISTRY_URL, MILLRACE_CLICKHOUSE_URL, MILLRACE_BACKUP_CLICKHOUSE (where ClickHouse' +
  "\nputs its own part: File('{name}') when left out) and, for slots and publications, MILLRACE_POSTGRES_URL.";

const withParts = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .argument('<directory>', 'of the backup')
    .addOption(new Option('--only <part...>', 'these parts').choices(parts).default([], 'all'))
    .option('--json', 'print JSON', false)
    .addHelpText('after', addresses);

const parseCount = (text: string): number => {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a whole number above 0.');
};

export const backupCommand = (): Command =>
  withParts(
    'backup',
    'save contracts, schemas, topics, groups, state and tables; nothing is stopped',
  )
    .option('--topics <pattern...>', 'only these topics; * stands for any text', [])
    .option('--records <pattern...>', 'topics whose records are saved beside the state', [])
    .option('--since <directory>', 'an earlier backup: ClickHouse saves what it lacks')
    .option(
      '--project <dir>',
      'directory that holds schemas/ (MILLRACE_PROJECT)',
      process.env['MILLRACE_PROJECT'] ?? process.cwd(),
    )
    .action(backup);

export const restoreCommand = (): Command =>
  withParts('restore', 'put a backup into empty servers, and look whether it is there')
    .option('--dry-run', 'print what would be restored', false)
    .option(
      '--verify-only',
      'the drill: check every file, restore the tables beside, count, drop',
      false,
    )
    .option('--loss', 'print what a restore of Kafka cannot bring back', false)
    .option(
      '--project <dir>',
      'directory that holds schemas/ (MILLRACE_PROJECT); for --loss',
      process.env['MILLRACE_PROJECT'] ?? process.cwd(),
    )
    .option('--besides', 'leave what is there as it is, restore the rest', false)
    .option('--replication-factor <n>', 'of topics that are made; as they were', parseCount)
    .action(restore);
