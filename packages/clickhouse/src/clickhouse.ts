/** How to reach ClickHouse: user, password and database come out of the URL. */
export interface ClickHouseOptions {
  /** `http://user:password@host:port/database` */
  readonly url: string;
  /** Ends a request that has no answer, ms. The outcome of an insert is then unknown. */
  readonly requestTimeoutMs?: number;
  readonly connectionsMax?: number;
}

export interface InsertOptions {
  /** `INSERT INTO … FORMAT …`, or `INSERT INTO … SELECT … FROM input(…) FORMAT …`. */
  readonly statement: string;
  /** The body, already in the statement's format. */
  readonly body: Buffer | readonly Buffer[];
  /** `insert_deduplication_token`. */
  readonly token: string;
  readonly settings?: Readonly<Record<string, string | number>>;
}

export interface ClickHouse {
  readonly database: string;
  /** A statement without a result: DDL, SYSTEM, ALTER. */
  exec(statement: string, settings?: Readonly<Record<string, string | number>>): Promise<void>;
  /** Rows as objects (JSONEachRow); 64-bit integers come as strings. */
  query<Row>(statement: string, params?: Readonly<Record<string, unknown>>): Promise<Row[]>;
  /**
   * Sends prepared bytes as one insert with `async_insert=0` and the token. Rejects with a MillraceError:
   * `clickhouse.unavailable` (retryable, nothing or everything landed), `clickhouse.outcome-unknown`
   * (retryable with the same token), `clickhouse.rejected` (permanent; `rowNumber` when the server named it).
   */
  insert(options: InsertOptions): Promise<void>;
  ping(): Promise<boolean>;
  close(): Promise<void>;
}
