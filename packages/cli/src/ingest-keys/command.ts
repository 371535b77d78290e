/**
 * `millrace ingest keys create|list|show|rotate|revoke`: the keys of the HTTP door. Every door follows them, so what is
 * done here holds for the next request, without a restart. A secret is printed once, when it is made.
 */

import { type IngestKey, keyStateAt, MillraceError } from '@millrace/contracts';
import { kafkaConnection } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { defineConfig, kafkaSettings, readConfig, setting } from '@millrace/runtime';
import { Command, InvalidArgumentError } from 'commander';
import { print, printJson } from '../contracts/command-output.ts';
import { tableText } from '../demo/table-text.ts';
import { type ChangedKey, createKey, revokeKey, rotateKey } from './change-key.ts';
import { type KeyStore, openKeyStore, type StoredKeys } from './key-store.ts';

const config = defineConfig('ingest', kafkaSettings);

const withStore = async <T>(work: (store: KeyStore) => Promise<T>): Promise<T> => {
  const settings = readConfig(config, process.env);
  const store = openKeyStore(kafkaConnection(settings, 'millrace-cli', silentLogger));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
};

interface CreateFlags {
  readonly scope: readonly string[];
  readonly id?: string;
  readonly requests?: number;
  readonly events?: number;
  readonly bytes?: number;
  readonly eventsPerDay?: number;
  readonly notBefore?: string;
  readonly expires?: string;
  readonly origin?: readonly string[];
  readonly certificate?: string;
  readonly entry?: boolean;
  readonly json?: boolean;
}

const create = async (name: string, flags: CreateFlags): Promise<void> => {
  const { requests, events, bytes, id, certificate, eventsPerDay, origin } = flags;
  const limits = {
    ...(requests !== undefined && { requests }),
    ...(events !== undefined && { events }),
    ...(bytes !== undefined && { bytes }),
  };
  const made = createKey(
    {
      name,
      scopes: flags.scope,
      ...(id !== undefined && { id }),
      ...(Object.keys(limits).length > 0 && { limits }),
      ...(eventsPerDay !== undefined && { eventsPerDay }),
      ...(flags.notBefore !== undefined && { notBefore: flags.notBefore }),
      ...(flags.expires !== undefined && { notAfter: flags.expires }),
      ...(origin !== undefined && { origins: origin }),
      ...(certificate !== undefined && { certificate }),
    },
    Date.now(),
  );
  if (!flags.entry)
    await withStore(async (store) => {
      const { keys } = await store.read();
      if (keys.some((key) => key.id === made.key.id))
        throw new MillraceError('config.invalid', `There is a key ${made.key.id} already.`);
      await store.put(made.key);
    });
  if (flags.entry && !flags.json) print(`- ${JSON.stringify(made.key)}`);
  printMade(made, flags.json);
};

const printMade = ({ key, token }: ChangedKey, json: boolean | undefined): void => {
  if (json) {
    printJson({ ...key, ...(token !== undefined && { token }) });
    return;
  }
  print(`${key.id}  ${key.name}  ${key.scopes.join(', ')}`);
  if (token === undefined) print(`Opened by a client certificate of ${key.certificate}.`);
  else print(`${token}\nThis is shown once. Send it as: Authorization: Bearer <token>`);
};

const rowOf = (key: IngestKey, { lastUsed }: StoredKeys) => ({
  id: key.id,
  name: key.name,
  scopes: key.scopes.join(' '),
  state: keyStateAt(key, Date.now()),
  created: key.createdAt,
  ends: key.notAfter,
  'last used': lastUsed.get(key.id),
});

const list = async (flags: { json?: boolean }): Promise<void> => {
  const stored = await withStore((store) => store.read());
  if (stored.unreadable.length > 0) process.exitCode = 1;
  if (flags.json) {
    const keys = stored.keys.map((key) => viewOf(key, stored));
    printJson({ keys, unreadable: stored.unreadable });
    return;
  }
  if (stored.keys.length === 0) print('No keys.');
  else print(tableText(stored.keys.map((key) => rowOf(key, stored))));
  for (const id of stored.unreadable) print(`${id} cannot be read; nobody gets in with it.`);
};

/** Hashes are of no use to a person. */
const viewOf = ({ secrets, ...key }: IngestKey, { lastUsed }: StoredKeys) => ({
  ...key,
  state: keyStateAt({ ...key }, Date.now()),
  ...(secrets !== undefined && {
    secrets: secrets.map(({ until }) => (until === undefined ? {} : { until })),
  }),
  ...(lastUsed.has(key.id) && { lastUsedAt: lastUsed.get(key.id) }),
});

const found = ({ keys }: StoredKeys, id: string): IngestKey => {
  const key = keys.find((one) => one.id === id);
  if (key === undefined)
    throw new MillraceError('config.invalid', `There is no key ${id}: millrace ingest keys list.`);
  return key;
};

const show = async (id: string): Promise<void> => {
  const stored = await withStore((store) => store.read());
  printJson(viewOf(found(stored, id), stored));
};

const rotate = async (id: string, flags: { overlap: number; json?: boolean }): Promise<void> => {
  const changed = await withStore(async (store) => {
    const next = rotateKey(found(await store.read(), id), flags.overlap, Date.now());
    await store.put(next.key);
    return next;
  });
  printMade(changed, flags.json);
};

const revoke = async (id: string, flags: { json?: boolean }): Promise<void> => {
  const key = await withStore(async (store) => {
    const revoked = revokeKey(found(await store.read(), id), Date.now());
    await store.put(revoked);
    return revoked;
  });
  if (flags.json) printJson({ id: key.id, revokedAt: key.revokedAt });
  else print(`${key.id} is revoked; doors refuse it from now on.`);
};

const durations = setting.duration({ env: 'duration', default: 0, description: '' });

const parseDuration = (text: string): number => {
  const parsed = durations.parse(text);
  if (parsed.ok) return parsed.value;
  throw new InvalidArgumentError(`It ${parsed.problem}.`);
};

/** `90d` from now, or a moment. */
const parseMoment = (text: string): string => {
  const parsed = durations.parse(text);
  const ms = parsed.ok ? Date.now() + parsed.value : Date.parse(text);
  if (Number.isNaN(ms)) throw new InvalidArgumentError('Give 90d, or 2027-01-01T00:00:00Z.');
  return new Date(ms).toISOString();
};

const parseCount = (text: string): number => {
  const count = Number(text);
  if (Number.isFinite(count) && count > 0) return count;
  throw new InvalidArgumentError('Give a number above 0.');
};

const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...value.split(','),
];

const createCommand = (): Command =>
  new Command('create')
    .description('make a key; its secret is printed once')
    .argument('<name>', 'whose it is')
    .requiredOption(
      '--scope <pattern>',
      'streams: flights.departed, flights.*, *; may be repeated',
      collect,
    )
    .option('--requests <n>', 'requests a second and door', parseCount)
    .option('--events <n>', 'events a second and door', parseCount)
    .option('--bytes <n>', 'bytes a second and door', parseCount)
    .option('--events-per-day <n>', 'events a UTC day and door', parseCount)
    .option('--not-before <when>', 'holds from then on: a moment, or 2h from now', parseMoment)
    .option('--expires <when>', 'holds until then: a moment, or 90d from now', parseMoment)
    .option(
      '--origin <origin>',
      'for pages of this origin, also as ?key=; may be repeated',
      collect,
    )
    .option('--certificate <name>', 'opened by a client certificate: CN=loader, DNS:…, URI:…')
    .option('--id <id>', 'its id; else one is made up')
    .option('--entry', 'print the entry for MILLRACE_INGEST_KEYS_FILE, and store nothing')
    .option('--json', 'print JSON')
    .action(create);

export const keysCommand = (): Command =>
  new Command('keys')
    .description('who may send to the HTTP door')
    .addCommand(createCommand())
    .addCommand(
      new Command('list')
        .description('all keys, with state and last use')
        .option('--json', 'print JSON')
        .action(list),
    )
    .addCommand(new Command('show').description('one key, as JSON').argument('<id>').action(show))
    .addCommand(
      new Command('rotate')
        .description('a new secret; the old one lives on for the overlap')
        .argument('<id>')
        .option(
          '--overlap <duration>',
          'how long, e.g. 24h; 0s ends it at once',
          parseDuration,
          24 * 3_600_000,
        )
        .option('--json', 'print JSON')
        .action(rotate),
    )
    .addCommand(
      new Command('revoke')
        .description('refuse it from now on')
        .argument('<id>')
        .option('--json', 'print JSON')
        .action(revoke),
    );
