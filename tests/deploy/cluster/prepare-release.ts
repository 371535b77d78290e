/**
 * What each test of the chart in pods begins with: the image, a cluster whose pods run, the servers outside of it, and what is in the namespace
 * before a release comes. The release itself is not installed.
 */
import { type ClickHouse, createClickHouse } from '@millrace/clickhouse';
import { buildImage } from '../engine/build-image.ts';
import { run } from '../engine/run.ts';
import { type RealCluster, startRealCluster } from './node/start-real-cluster.ts';
import { fixturesOf, imageName, projectFiles, valuesOf } from './pods-release.ts';
import { type Servers, startServers } from './servers.ts';
import { type ReleaseView, watchRelease } from './watch-release.ts';

export interface PreparedRelease extends ReleaseView {
  readonly cluster: RealCluster;
  readonly servers: Servers;
  /** Of the chart: all services, by these servers. */
  readonly values: ReturnType<typeof valuesOf>;
  /** What ClickHouse counts, e.g. of `count() FROM airports`. */
  count(what: string): Promise<number>;
  /** Ends the cluster and the servers, with all that is in them. */
  stop(): Promise<void>;
}

export interface PrepareOptions {
  /** Further images of podman's that pods may use. */
  readonly images?: readonly string[];
  /** One when left out. */
  readonly nodes?: 1 | 2;
  /** Kafka asks pods for a user and speaks TLS with them. */
  readonly secureKafka?: boolean;
  /** For captures and transforms: the table that is captured, and two volumes. */
  readonly withState?: boolean;
}

/** The example's table in PostgreSQL, with its rows. */
const makeTable = async (postgresUrl: string): Promise<void> => {
  const asked = ['--env', `MILLRACE_POSTGRES_URL=${postgresUrl}`, imageName, 'demo', 'table'];
  await run('podman', ['run', '--rm', '--network', 'host', ...asked]);
};

/** Prepares it. When a part of it fails, the others are ended. */
export const prepareRelease = async ({
  images = [],
  nodes = 1,
  secureKafka = false,
  withState = false,
}: PrepareOptions = {}): Promise<PreparedRelease> => {
  let cluster: RealCluster | undefined;
  let servers: Servers | undefined;
  let clickhouse: ClickHouse | undefined;
  const stop = async () => {
    await clickhouse?.close();
    await cluster?.stop();
    await servers?.stop();
  };
  try {
    await buildImage({ tag: imageName });
    cluster = await startRealCluster({ images: [imageName, ...images], nodes });
    servers = await startServers({ secure: secureKafka });
    const { endpoints } = servers.stack;
    clickhouse = createClickHouse({ url: endpoints.clickhouseUrl });
    if (withState) await makeTable(endpoints.postgresUrl);
    const folders = withState ? ['a', 'b'].map(cluster.nodeFolder) : [];
    const fixtures = cluster.file('fixtures.json', fixturesOf(endpoints, folders));
    await cluster.kubectl('apply', '-f', fixtures);
    const { query } = clickhouse;
    return {
      ...{ ...watchRelease(cluster), cluster, servers, stop },
      values: valuesOf(endpoints, servers.kafkaPort, await projectFiles()),
      count: async (what) => {
        const [row] = await query<{ n: string }>(`SELECT (SELECT ${what}) AS n`);
        return Number(row?.n);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
