/** The connections that a session opens beside its control connection, to be closed together when it ends. */
import type { CdcConfig } from '../config.ts';
import { connectSource, type SourceConnection } from './source-connection.ts';

export interface SessionConnections {
  /** Throws `cdc.source-unavailable` (retryable) or `cdc.source-refused`. */
  connect(role: string, replication: boolean): Promise<SourceConnection>;
  /** Breaks off what runs on them. */
  close(): Promise<void>;
}

export const createSessionConnections = ({
  postgresUrl,
  source,
}: Pick<CdcConfig, 'postgresUrl' | 'source'>): SessionConnections => {
  const opened: SourceConnection[] = [];
  return {
    connect: async (role, replication) => {
      const connection = await connectSource(postgresUrl, source, role, replication);
      opened.push(connection);
      return connection;
    },
    close: async () => {
      await Promise.all(opened.map((connection) => connection.close()));
    },
  };
};
