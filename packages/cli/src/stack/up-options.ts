/** What `millrace stack up` may be told, in this process or in the detached one. */
export interface UpOptions {
  readonly dataDir: string;
  readonly backend: 'embedded' | 'containers' | 'external';
  readonly json?: boolean;
  readonly detach?: boolean;
  readonly clickhouseUsers?: string;
  readonly portKafka?: number;
  readonly portRegistry?: number;
  readonly portPostgres?: number;
  readonly portClickhouse?: number;
}
