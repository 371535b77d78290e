/** A schema as the registry knows it. */
export interface RegisteredSchema {
  readonly id: number;
  /** The schema document, JSON text. */
  readonly schemaText: string;
}

export interface SubjectVersion extends RegisteredSchema {
  readonly subject: string;
  readonly version: number;
}

/**
 * The registry, with a cache of ids that never expires (ids are immutable), a negative cache (an unknown
 * id costs one request per `negativeTtlMs`), one request in flight per id and a timeout on each.
 * Errors: `registry.unavailable` (retryable), `registry.unknown-schema`, `registry.incompatible`.
 */
export interface RegistryClient {
  schemaById(id: number): Promise<RegisteredSchema>;
  /** Registers when new; returns the id either way. */
  register(subject: string, schemaText: string): Promise<RegisteredSchema>;
  latest(subject: string): Promise<SubjectVersion | undefined>;
  subjects(): Promise<readonly string[]>;
  compatibility(subject: string): Promise<string | undefined>;
  setCompatibility(subject: string, level: string): Promise<void>;
  /** The registry's own verdict on a candidate; messages explain a refusal. */
  checkCompatible(
    subject: string,
    schemaText: string,
  ): Promise<{ readonly compatible: boolean; readonly messages: readonly string[] }>;
}

export interface RegistryOptions {
  readonly url: string;
  readonly auth?: { readonly username: string; readonly password: string };
  readonly requestTimeoutMs?: number;
  readonly negativeTtlMs?: number;
}
