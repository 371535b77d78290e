import { createClickHouse } from '@millrace/clickhouse';
import { MillraceError } from '@millrace/contracts';
import { createAdmin, kafkaConnection } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { defineConfig, kafkaSettings, platformSettings, readConfig } from '@millrace/runtime';
import { chooseContracts } from '../../verify/verify-project.ts';
import { type CommonFlags, print, printJson } from '../command-output.ts';
import { readContracts } from '../read-contracts.ts';
import { sinkGroup } from '../sink-group.ts';
import { rebuildTable } from './rebuild-table.ts';

/** `millrace contracts rebuild`: reads settings, connects, rebuilds one table, prints what came of it. */
const rebuildConfig = defineConfig('contracts', {
  ...kafkaSettings,
  clickhouseUrl: platformSettings.clickhouseUrl,
  clickhouseCluster: platformSettings.clickhouseCluster,
  group: sinkGroup,
});

/** A statement copies a whole table. */
const statementTimeoutMs = 24 * 3_600_000;

/** `millrace contracts rebuild <contract>` */
export const rebuild = async (id: string, flags: CommonFlags): Promise<void> => {
  const settings = readConfig(rebuildConfig, process.env);
  if (settings.clickhouseCluster !== '') {
    throw new MillraceError(
      'contracts.rebuild-failed',
      'on a cluster a table is rebuilt by hand: docs/howto/cluster.md',
    );
  }
  const contract = chooseContracts(await readContracts(flags.project), [id])[0]!;
  const clickhouse = createClickHouse({
    url: settings.clickhouseUrl,
    requestTimeoutMs: statementTimeoutMs,
  });
  const admin = createAdmin(kafkaConnection(settings, 'millrace-contracts', silentLogger));
  try {
    const rebuilt = await rebuildTable({
      ...{ contract, clickhouse, admin, liveGroup: settings.group },
      onProgress: (line) => void process.stderr.write(`${line}\n`),
    });
    if (flags.json) printJson(rebuilt);
    else
      print(
        `${rebuilt.table} is rebuilt, ${rebuilt.rows} rows; the old ones are in ${rebuilt.before}.`,
      );
  } finally {
    await Promise.all([admin.close(), clickhouse.close()]);
  }
};
