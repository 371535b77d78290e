/**
 * The registry as a whole: what Apicurio exports and imports with every id kept (ids stand in each record), and a list
 * of subjects, versions and ids in the words of the Confluent API, by which a restored registry is checked. Other
 * registries keep their state in a topic of their own, which is backed up as records.
 */
import type { RegistryClient } from '@millrace/avro';
import { MillraceError } from '@millrace/contracts';

export interface ListedSubject {
  readonly subject: string;
  readonly level: string | null;
  readonly versions: readonly {
    readonly version: number;
    readonly id: number;
    readonly schema: string;
  }[];
}

const EXPORT = '/apis/registry/v3/admin/export';
const IMPORT = '/apis/registry/v3/admin/import';
const TIMEOUT_MS = 300_000;

/** The registry's own API beside the Confluent one; undefined where the address is not one of Apicurio's. */
function ownApi(
  registryUrl: string,
  path: string,
): { url: string; headers: Record<string, string> } | undefined {
  const url = new URL(registryUrl);
  const at = url.pathname.indexOf('/apis/ccompat/');
  if (at < 0) return undefined;
  const headers: Record<string, string> = {};
  if (url.username !== '') {
    const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers['authorization'] = `Basic ${Buffer.from(user).toString('base64')}`;
  }
  return { url: `${url.origin}${url.pathname.slice(0, at)}${path}`, headers };
}

const failed = async (what: string, answer: Response) =>
  new MillraceError(
    'backup.registry-refused',
    `the registry answered ${answer.status} to ${what}: ${(await answer.text()).slice(0, 300)}`,
  );

async function ask(what: string, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (cause) {
    throw new MillraceError('registry.unavailable', `${what}: no answer`, {
      cause,
      retryable: true,
    });
  }
}

/** A ZIP archive; undefined from a registry that is not Apicurio. Rejects with `backup.registry-refused`. */
export async function exportRegistry(registryUrl: string): Promise<Uint8Array | undefined> {
  const api = ownApi(registryUrl, EXPORT);
  if (api === undefined) return undefined;
  const answer = await ask('an export', api.url, { headers: api.headers });
  if (!answer.ok) throw await failed('an export', answer);
  return new Uint8Array(await answer.arrayBuffer());
}

/** Into an empty registry, ids kept: of what is there already it would leave out versions. Rejects with `backup.registry-refused`. */
export async function importRegistry(
  registryUrl: string,
  archive: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const api = ownApi(registryUrl, IMPORT);
  if (api === undefined) {
    throw new MillraceError(
      'backup.registry-refused',
      'the address is not that of an Apicurio registry',
    );
  }
  const headers = {
    ...api.headers,
    'content-type': 'application/zip',
    'x-registry-preserve-globalid': 'true',
    'x-registry-preserve-contentid': 'true',
  };
  const answer = await ask('an import', api.url, { method: 'POST', headers, body: archive });
  if (!answer.ok) throw await failed('an import', answer);
}

/** Sorted by subject. Rejects with `registry.*`. */
export async function listRegistry(registry: RegistryClient): Promise<readonly ListedSubject[]> {
  const listed: ListedSubject[] = [];
  for (const subject of (await registry.subjects()).toSorted()) {
    const versions = await registry.versions(subject);
    listed.push({
      subject,
      level: (await registry.compatibility(subject)) ?? null,
      versions: versions.map(({ version, id, schemaText }) => ({
        version,
        id,
        schema: schemaText,
      })),
    });
  }
  return listed;
}

/** The first difference in words; undefined when the second holds all that the first does, under the same ids. */
export function registryDifference(
  saved: readonly ListedSubject[],
  found: readonly ListedSubject[],
): string | undefined {
  const bySubject = new Map(found.map((one) => [one.subject, one]));
  for (const { subject, level, versions } of saved) {
    const there = bySubject.get(subject);
    if (there === undefined) return `subject ${subject} is missing`;
    if (there.level !== level)
      return `subject ${subject} has the level ${there.level}, not ${level}`;
    for (const { version, id, schema } of versions) {
      const same = there.versions.find((one) => one.version === version);
      if (same?.id !== id) return `version ${version} of ${subject} has id ${same?.id}, not ${id}`;
      if (same.schema !== schema) return `version ${version} of ${subject} is another schema`;
    }
  }
  return undefined;
}

/**
 * What a registry is to a restore: `whole` and `part` hold nothing but what the backup holds, under the same ids, as the end or
 * the midst of an import leaves it; `other` holds something else.
 */
export type RegistryState = 'empty' | 'whole' | 'part' | 'other';

/** No I/O. */
export function registryState(
  saved: readonly ListedSubject[],
  found: readonly ListedSubject[],
): RegistryState {
  if (found.length === 0) return 'empty';
  const bySubject = new Map(saved.map((one) => [one.subject, one]));
  const isOurs = found.every(({ subject, versions }) => {
    const own = bySubject.get(subject)?.versions;
    return versions.every(({ version, id, schema }) =>
      own?.some((one) => one.version === version && one.id === id && one.schema === schema),
    );
  });
  if (!isOurs || found.some(({ subject }) => !bySubject.has(subject))) return 'other';
  return registryDifference(saved, found) === undefined ? 'whole' : 'part';
}
