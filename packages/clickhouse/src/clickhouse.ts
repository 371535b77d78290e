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

export interface SelectOptions {
  readonly statement: string;
  /** Names it at the server, for `KILL QUERY`. */
  readonly queryId: string;
  readonly settings: ClickHouseSettingValues;
  /** Rows that are given back at most. */
  readonly rowsMax: number;
  /** Of the answer's JSON. */
  readonly bytesMax: number;
  /** Ends the request; whether the server stops, too, is `cancel_http_readonly_queries_on_client_close`. */
  readonly signal: AbortSignal;
}

export interface SelectedRows {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** As JSON has them: 64-bit integers, NaN and infinities are text. */
  readonly rows: readonly (readonly unknown[])[];
  /** More rows were there. */
  readonly cut: boolean;
  readonly elapsedMs: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
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
   * A read has no outcome, so no answer in time is `clickhouse.unavailable`. `settings` bound what it may cost.
   */
  query<Row>(
    statement: string,
    params?: Readonly<Record<string, unknown>>,
    settings?: ClickHouseSettingValues,
  ): Promise<Row[]>;
  /**
   * A statement that a person wrote, as a table. A refusal by the server is always `clickhouse.rejected`, with the server's
   * own text: nobody repeats it but that person.
   */
  select(options: SelectOptions): Promise<SelectedRows>;
  /**
   * Lines of the statement's syntax tree, as `EXPLAIN AST` writes them; nothing is carried out. The statement must begin with
   * a word of its own, for EXPLAIN takes settings before it. Rejects as `select` does.
   */
  syntax(statement: string): Promise<readonly string[]>;
  /** Sends prepared bytes as one insert with `async_insert=0` and the token. */
  insert(options: InsertOptions): Promise<void>;
  /** True when the server answers; never rejects. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}
