import { type Clock, systemClock } from '@millrace/pipeline';
import { connectConfluentRegistry } from './confluent-registry.ts';
import { isNotFound } from './registry-error.ts';
import { connectRegistryRest } from './registry-rest.ts';
import { cacheSchemaIds } from './schema-id-cache.ts';

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
  subjects(): Promise<readonly string[]>;
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
  /** Where the Confluent API begins, e.g. `http://host:8081` or `http://host:8080/apis/ccompat/v7`. */
  readonly url: string;
  readonly auth?: { readonly username: string; readonly password: string };
  /** Bounds each operation, retries inside the library included, ms. Default 5,000. */
  readonly requestTimeoutMs?: number;
  /** How long an unknown id is answered without asking again, ms. Default 30,000. */
  readonly negativeTtlMs?: number;
  /** The clock of the negative cache. Default: the system's. */
  readonly clock?: Clock;
}

/** Makes no connection; the first request does. */
export const createRegistryClient = (options: RegistryOptions): RegistryClient => {
  const requestTimeoutMs = options.requestTimeoutMs ?? 5_000;
  const registry = connectConfluentRegistry({ ...options, requestTimeoutMs });
  const rest = connectRegistryRest({ ...options, requestTimeoutMs });
  const schemaById = cacheSchemaIds(
    registry.find,
    options.negativeTtlMs ?? 30_000,
    options.clock ?? systemClock,
  );

  const compatibility = (subject: string): Promise<string | undefined> =>
    orUndefinedWhenAbsent(async () => {
      const config = await rest({ method: 'GET', segments: ['config', subject] });
      return String((config as { compatibilityLevel: unknown }).compatibilityLevel);
    });

  return {
    schemaById,
    compatibility,
    register: async (subject, schemaText) => {
      const id = await registry.register(subject, schemaText, await compatibility(subject));
      return { id, schemaText };
    },
    latest: (subject) => orUndefinedWhenAbsent(() => registry.latest(subject)),
    subjects: async () => (await rest({ method: 'GET', segments: ['subjects'] })) as string[],
    setCompatibility: async (subject, level) => {
      const body = { compatibility: level };
      await rest({ method: 'PUT', segments: ['config', subject], body });
    },
    checkCompatible: async (subject, schemaText) => {
      const segments = ['compatibility', 'subjects', subject, 'versions', 'latest'];
      const verdict = await orUndefinedWhenAbsent(() =>
        rest({ method: 'POST', segments, body: { schema: schemaText } }),
      );
      // A subject without versions has nothing to break.
      if (verdict === undefined) return { compatible: true, messages: [] };
      const { is_compatible, messages } = verdict as {
        is_compatible: boolean;
        messages?: string[];
      };
      return { compatible: is_compatible, messages: messages ?? [] };
    },
  };
};

const orUndefinedWhenAbsent = async <Result>(
  ask: () => Promise<Result>,
): Promise<Result | undefined> => {
  try {
    return await ask();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};
