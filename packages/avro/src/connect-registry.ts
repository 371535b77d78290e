import { systemClock } from '@millrace/pipeline';
import { connectConfluentRegistry } from './confluent-registry.ts';
import type { RegistryClient, RegistryOptions, SubjectVersion } from './registry-client.ts';
import { isConflict, isNotFound } from './registry-error.ts';
import { connectRegistryRest, type RegistryRequest } from './registry-rest.ts';
import { cacheSchemaIds } from './schema-id-cache.ts';

/**
 * The registry client, put together: the library for schemas, plain requests for what it does not reach,
 * the cache of ids in front. Makes no connection; the first request does.
 */
export const createRegistryClient = (given: RegistryOptions): RegistryClient => {
  const options = { ...given, ...withoutUserInfo(given.url) };
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
      // what stands there already needs no right to write
      const newest = await orUndefinedWhenAbsent(() => registry.latest(subject));
      if (newest?.schemaText === schemaText) return { id: newest.id, schemaText };
      const id = await registry.register(subject, schemaText, await compatibility(subject));
      return { id, schemaText };
    },
    latest: (subject) => orUndefinedWhenAbsent(() => registry.latest(subject)),
    versions: async (subject) => {
      const segments = ['subjects', subject, 'versions'];
      const numbers = await orUndefinedWhenAbsent(() => rest({ method: 'GET', segments }));
      const found: SubjectVersion[] = [];
      for (const version of ((numbers ?? []) as number[]).toSorted((a, b) => a - b)) {
        const one = await orUndefinedWhenAbsent(() =>
          rest({ method: 'GET', segments: [...segments, String(version)] }),
        );
        if (one === undefined) continue;
        const { id, schema } = one as { id: number; schema: string };
        found.push({ subject, version, id, schemaText: schema });
      }
      return found;
    },
    subjects: async () => (await rest({ method: 'GET', segments: ['subjects'] })) as string[],
    subjectsOf: async (id) => {
      const segments = ['schemas', 'ids', String(id), 'versions'];
      const versions = await orUndefinedWhenAbsent(() => rest({ method: 'GET', segments }));
      return ((versions ?? []) as { subject: string }[]).map(({ subject }) => subject);
    },
    setCompatibility: async (subject, level) => {
      const put: RegistryRequest = {
        method: 'PUT',
        segments: ['config', subject],
        body: { compatibility: level },
      };
      try {
        await rest(put);
      } catch (error) {
        // somebody else's request made the subject's level after this one had found none: now there is one to change
        if (!isConflict(error)) throw error;
        await rest(put);
      }
    },
    checkCompatible: async (subject, schemaText) => {
      // Without a version the registry asks as many versions as the subject's level names; `latest` alone
      // would pass what a transitive level refuses.
      const segments = ['compatibility', 'subjects', subject, 'versions'];
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

/** User and password stand in the address as in that of any other server, and must not be in the address of a request. */
const withoutUserInfo = (address: string): Pick<RegistryOptions, 'url' | 'auth'> => {
  const url = URL.parse(address);
  if (url === null || url.username === '') return { url: address };
  const [username, password] = [url.username, url.password].map(decodeURIComponent) as [
    string,
    string,
  ];
  url.username = '';
  url.password = '';
  return { url: url.href.replace(/\/$/, ''), auth: { username, password } };
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
