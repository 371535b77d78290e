import type { Clock } from '@millrace/pipeline';

/** A schema as the registry knows it. */
export interface RegisteredSchema {
  readonly id: number;
  /** The schema document, JSON text, as it was registered: attributes outside Avro's own are kept. */
  readonly schemaText: string;
}

export interface SubjectVersion extends RegisteredSchema {
  readonly subject: string;
  readonly version: number;
}

/**
 * The registry, with a cache of ids that never expires (ids are immutable), a negative cache (an unknown
 * id costs one request per `negativeTtlMs`), one request in flight per id and a timeout on each.
 * Avro without schema references; nothing is decoded here.
 * Errors: `registry.unavailable` (retryable), `registry.unknown-schema`, `registry.incompatible`,
 * `registry.refused`.
 */
export interface RegistryClient {
  schemaById(id: number): Promise<RegisteredSchema>;
  /** Registers when new; returns the id either way. The subject's compatibility level is left alone. */
  register(subject: string, schemaText: string): Promise<RegisteredSchema>;
  latest(subject: string): Promise<SubjectVersion | undefined>;
  /** Every version of the subject that is not deleted, oldest first; none of a subject that does not exist. */
  versions(subject: string): Promise<readonly SubjectVersion[]>;
  subjects(): Promise<readonly string[]>;
  /** The subjects that have the schema of this id among their versions; none for an unknown id. */
  subjectsOf(id: number): Promise<readonly string[]>;
  /** The subject's own level; `undefined` when it has none and the registry's default applies. */
  compatibility(subject: string): Promise<string | undefined>;
  setCompatibility(subject: string, level: string): Promise<void>;
  /** The registry's own verdict on a candidate against the latest version; messages explain a refusal. */
  checkCompatible(
    subject: string,
    schemaText: string,
  ): Promise<{ readonly compatible: boolean; readonly messages: readonly string[] }>;
}

export interface RegistryOptions {
  /** Where the Confluent API begins, e.g. `http://host:8081` or `https://user:password@host/apis/ccompat/v7`. */
  readonly url: string;
  readonly auth?: { readonly username: string; readonly password: string };
  /** Bounds each operation, retries inside the library included, ms. Default 5,000. */
  readonly requestTimeoutMs?: number;
  /** How long an unknown id is answered without asking again, ms. Default 30,000. */
  readonly negativeTtlMs?: number;
  /** The clock of the negative cache. Default: the system's. */
  readonly clock?: Clock;
}
