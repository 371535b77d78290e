/** How to reach ClickHouse: user, password and database come out of the URL. */
export interface ClickHouseOptions {
  /** `http://user:password@host:port/database` */
  readonly url: string;
  /** Ends a request that has no answer, ms. The outcome of an insert is then unknown. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Default 10. */
  readonly connectionsMax?: number;
}

export type ClickHouseSettingValues = Readonly<Record<string, string | number>>;

/** A body that is made while it is sent, so that it is never in memory as a whole. */
export interface InsertBody {
  /** Length of all pieces together. */
  readonly bytes: number;
  pieces(): Iterable<Buffer>;
}

export interface InsertOptions {
  /** `INSERT INTO … FORMAT …`, or `INSERT INTO … SELECT … FROM input(…) FORMAT …`. */
  readonly statement: string;
  /** The body, already in the statement's format. */
  readonly body: Buffer | InsertBody;
  /** `insert_deduplication_token`. */
  readonly token: string;
  readonly settings?: ClickHouseSettingValues;
}

/**
 * A ClickHouse server over HTTP. Every method rejects with a MillraceError alone:
 * `clickhouse.unavailable` (retryable: nothing landed, or all of it under its token),
 * `clickhouse.outcome-unknown` (retryable with the same token),
 * `clickhouse.rejected` (permanent; `rejectionOf(error)` says which row or statement is to blame).
 */
export interface ClickHouse {
  readonly database: string;
  /**
   * Statements without a result: DDL, SYSTEM, ALTER; several are separated by `;` and run in order.
   * Not for inline data of INSERT … FORMAT.
   */
  exec(statements: string, settings?: ClickHouseSettingValues): Promise<void>;
  /**
   * Rows as objects (JSONEachRow); 64-bit integers come as strings. `params` fill `{name: Type}`.
   * A read has no outcome, so no answer in time is `clickhouse.unavailable`.
   */
  query<Row>(statement: string, params?: Readonly<Record<string, unknown>>): Promise<Row[]>;
  /** Sends prepared bytes as one insert with `async_insert=0` and the token. */
  insert(options: InsertOptions): Promise<void>;
  /** True when the server answers; never rejects. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}
