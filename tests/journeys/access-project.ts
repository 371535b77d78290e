/**
 * A shop, its payroll and its customers, declared with who may read what; on a stack of its own whose ClickHouse knows
 * the users that the command prints. Every part works under a user with no more rights than it needs.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type RunningStack, startStack } from '@millrace/stack';

export interface AccessProject {
  /** Settings of a service whose ClickHouse user is this one. */
  env(user: string): Readonly<Record<string, string>>;
  /** Runs `millrace …` as this user of ClickHouse. */
  millrace(user: string, ...args: string[]): Promise<string>;
  /** What ClickHouse answers to a user, as text; its refusal is an answer too. */
  ask(user: string, sql: string, password?: string): Promise<string>;
  /** The contract of the stream asks for a rollup `by_state` besides. */
  addRollup(id: string): Promise<void>;
  /** Reads users.d anew. */
  restartClickHouse(): Promise<void>;
  readonly directory: string;
  end(): Promise<void>;
}

type Column = readonly [name: string, type: unknown, words?: string];

const text = 'string';
const streams: Readonly<
  Record<string, { section: string; columns: readonly Column[]; readers?: string }>
> = {
  'shop.orders': {
    section:
      '      source: { kind: event }\n      identity: order_id\n      warehouse:\n        role: fact\n        orderBy: [order_id]\n',
    columns: [
      ['order_id', text, 'classification: public'],
      ['state', text],
      ['amount', 'int', 'classification: internal'],
      [
        'email',
        text,
        `classification: confidential\n        customProperties: [{ property: millrace, value: { mask: "concat(left(email, 1), '…')" } }]`,
      ],
      ['card', text, 'classification: restricted'],
    ],
    readers: '            - { role: west, where: "state = \'CA\'" }\n',
  },
  'hr.salaries': {
    section: `      source: { kind: event }
      warehouse:
        role: fact
        orderBy: [person]
        rollups:
          - { name: pay, by: { initial: 'left(person, 1)' }, measures: { people: count() } }
`,
    columns: [
      ['person', text],
      ['salary', 'int', 'classification: confidential'],
    ],
  },
  'crm.customers': {
    section:
      '      source: { kind: change, name: crm, table: public.customers }\n      key: [id]\n      warehouse:\n        role: dimension\n        name: customers\n        dictionary: { lifetime: 1s }\n        history: { before: first }\n',
    columns: [
      ['id', 'int'],
      ['state', text],
    ],
    readers: '            - { role: west, where: "state = \'CA\'" }\n',
  },
};

const odcs = (id: string): string => {
  const [domain, name] = id.split('.') as [string, string];
  const { section, columns, readers } = streams[id]!;
  const properties = columns.map(
    ([column, , words]) =>
      `      - name: ${column}${words === undefined ? '' : `\n        ${words}`}`,
  );
  return `apiVersion: v3.1.0
kind: DataContract
id: ${id}
version: 1.0.0
status: active
domain: ${domain}
description: { purpose: Who may read what. }
team: { name: tests }
schema:
  - name: ${name}
    properties:
${properties.join('\n')}
customProperties:
  - property: millrace
    value:
${section}${readers === undefined ? '' : `        access:\n          readers:\n${readers}`}`;
};

const roles: Readonly<Record<string, string>> = {
  anna: 'analyst',
  carl: 'analyst_confidential',
  walt: 'west',
  rita: 'reader_hr',
  apply: 'admin',
  sink: 'sink',
};
export const passwordOf = (user: string): string => `the password of ${user}`;
const hash = (algorithm: string, value: string | Buffer) =>
  createHash(algorithm).update(value).digest();

const accessYaml = (): string =>
  `limits: { memoryBytes: 100000000, executionSeconds: 2, readRows: 50000, resultRows: 1000, queriesPerHour: 500 }
users:
${Object.entries(roles)
  .map(([name, role]) => {
    const password = passwordOf(name);
    const secret =
      name === 'carl'
        ? `doubleSha1: ${hash('sha1', hash('sha1', password)).toString('hex')}`
        : `sha256: ${hash('sha256', password).toString('hex')}`;
    return `  - { name: ${name}, roles: [${role}], ${secret}, from: ['127.0.0.1', '::1'] }`;
  })
  .join('\n')}
`;

const writeFiles = async (directory: string): Promise<void> => {
  for (const [id, { columns }] of Object.entries(streams)) {
    const [domain, name] = id.split('.') as [string, string];
    const folder = join(directory, 'schemas', domain);
    await mkdir(folder, { recursive: true });
    const fields = columns.map(([column, type]) => ({ name: column, type }));
    const record = { type: 'record', namespace: domain, name, fields };
    await writeFile(join(folder, `${name}.avsc`), JSON.stringify(record));
    await writeFile(join(folder, `${name}.odcs.yaml`), odcs(id));
  }
  await mkdir(join(directory, 'warehouse'));
  await writeFile(join(directory, 'warehouse', 'access.yaml'), accessYaml());
};

const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));

/** Declares, prints the users, starts the servers with them. Tables are not made yet. */
export async function beginAccessProject(): Promise<AccessProject> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-access-'));
  await writeFiles(directory);
  const run = async (env: Readonly<Record<string, string>>, args: readonly string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [main, ...args], {
      env: { ...process.env, MILLRACE_PROJECT: directory, ...env },
    });
    return stdout;
  };
  const usersFile = join(directory, 'access.xml');
  await writeFile(
    usersFile,
    await run({}, ['warehouse', 'access', '--xml', '--database', 'millrace']),
  );
  const stack: RunningStack = await startStack({
    backend: 'embedded',
    clickhouseUsers: usersFile,
  });
  const { kafkaBrokers, registryUrl, clickhouseUrl } = stack.endpoints;
  const env = (user: string) => {
    const url = new URL(clickhouseUrl);
    if (user !== 'default') {
      url.username = user;
      url.password = encodeURIComponent(passwordOf(user));
    }
    return {
      MILLRACE_PROJECT: directory,
      MILLRACE_KAFKA_BROKERS: kafkaBrokers,
      MILLRACE_REGISTRY_URL: registryUrl,
      MILLRACE_CLICKHOUSE_URL: url.href,
    };
  };
  return {
    directory,
    env,
    millrace: (user, ...args) => run(env(user), args),
    ask: async (user, sql, password = user === 'default' ? '' : passwordOf(user)) => {
      const answer = await fetch(`${new URL(clickhouseUrl).origin}/?database=millrace`, {
        method: 'POST',
        body: sql,
        headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password },
      });
      return (await answer.text()).trim();
    },
    addRollup: async (id) => {
      const file = join(directory, 'schemas', `${id.replace('.', '/')}.odcs.yaml`);
      const rollup = `{ name: by_state, by: { state: state }, measures: { orders: count() } }`;
      const text = await readFile(file, 'utf8');
      await writeFile(
        file,
        text.replace('        role: fact\n', `$&        rollups: [${rollup}]\n`),
      );
    },
    restartClickHouse: () => stack.restart('clickhouse'),
    end: async () => {
      await stack.stop();
      await rm(directory, { recursive: true });
    },
  };
}
