/**
 * A stack that a careful company would run, for tests: Kafka with TLS, SASL and client certificates, PostgreSQL with TLS and
 * passwords, the registry and ClickHouse behind TLS. Beside the good brokers' certificate there are listeners with bad ones.
 */
import { chmodSync, chownSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { freePorts, type RunningStack, startStack } from '@millrace/stack';
import pg from 'pg';
import { setScramUser } from './scram-user.ts';
import { startTokenEndpoint, type TokenEndpoint } from './token-endpoint.ts';

export const certificateFile = (name: string): string =>
  fileURLToPath(new URL(`./certificates/${name}`, import.meta.url));

export const kafkaUser = 'millrace';
/** Gets tokens that name the user, signed with a key that the brokers do not know. */
export const strangersUser = 'stranger';
export const kafkaPassword = 'kafka secret, with = and 100 %';
/** One may register schemas; the other's requests to do so are refused, as by a registry with roles. */
export const registryUsers = {
  writer: { user: 'registry-writer', password: 'registry-secret-w' },
  reader: { user: 'registry-reader', password: 'registry-secret-r' },
} as const;
export const postgresPassword = 'postgres-secret';

/** Names of listeners, each on a port of its own. */
type Listener = 'SECURE' | 'MUTUAL' | 'EXPIRED' | 'OTHERNAME' | 'FOREIGN';

export interface SecureStack {
  readonly stack: RunningStack;
  /** `127.0.0.1:port` of each listener. */
  readonly brokers: Readonly<Record<Listener, string>>;
  readonly registryUrl: string;
  readonly clickhouseUrl: string;
  /** Of a role of that name, whoever it is; its password is the caller's to put in. */
  readonly postgresUrl: string;
  /** The same as the owner of the database. */
  readonly ownerUrl: string;
  /** Token endpoint, for client id `millrace` and the Kafka password; tokens live this long. */
  readonly tokenUrl: string;
  readonly tokensGiven: () => number;
  stop(): Promise<void>;
}

/** Of SASL sessions: a broker ends a connection that is older. */
export const sessionMs = 5_000;
const tokenSeconds = 4;

const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
const plainOf = (password: string) =>
  `org.apache.kafka.common.security.plain.PlainLoginModule required user_${kafkaUser}="${password}";`;
const propertiesOf = async (
  directory: string,
  tokens: TokenEndpoint,
): Promise<Record<string, string>> => {
  const ca = certificateFile('ca.crt');
  const properties: Record<string, string> = {
    'connections.max.reauth.ms': String(sessionMs),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    // the brokers themselves and the tests, on the listener without TLS; the tests' own user and certificate
    'super.users': `User:ANONYMOUS;User:${kafkaUser};User:CN=${kafkaUser}`,
    'listener.name.secure.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    'listener.name.secure.plain.sasl.jaas.config': plainOf(kafkaPassword),
    'listener.name.secure.scram-sha-256.sasl.jaas.config': scram,
    'listener.name.secure.scram-sha-512.sasl.jaas.config': scram,
    ...Object.fromEntries(
      Object.entries(tokens.listenerProperties).map(([name, value]) => [
        `listener.name.secure.${name}`,
        value,
      ]),
    ),
    'listener.name.mutual.ssl.client.auth': 'required',
  };
  const certificates = {
    ...{ secure: 'server', mutual: 'server' },
    ...{ expired: 'expired', othername: 'othername', foreign: 'foreign' },
  };
  for (const [listener, name] of Object.entries(certificates)) {
    const keystore = join(directory, `${name}.pem`);
    const [key, certificate] = await Promise.all(
      ['key', 'crt'].map((suffix) => readFile(certificateFile(`${name}.${suffix}`), 'utf8')),
    );
    await writeFile(keystore, `${key}${certificate}`);
    const prefix = `listener.name.${listener}.ssl`;
    properties[`${prefix}.keystore.type`] = 'PEM';
    properties[`${prefix}.keystore.location`] = keystore;
    properties[`${prefix}.truststore.type`] = 'PEM';
    properties[`${prefix}.truststore.location`] = ca;
  }
  return properties;
};

/** TLS in front of a part that has none, as a load balancer would. */
export const startTlsFront = async (
  port: number,
  certificate = 'server',
): Promise<{ port: number; close(): void }> => {
  const server = createTlsServer(
    {
      key: readFileSync(certificateFile(`${certificate}.key`)),
      cert: readFileSync(certificateFile(`${certificate}.crt`)),
    },
    (socket) => {
      const inner = connect(port, '127.0.0.1');
      socket.pipe(inner).pipe(socket);
      for (const one of [socket, inner])
        one.on('error', () => [socket, inner].forEach((x) => void x.destroy()));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
};

const credentialsOf = ({ user, password }: { user: string; password: string }) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** New versions and compatibility levels; a schema is looked for by POST, too. */
const isWrite = (method: string, path: string): boolean =>
  method === 'PUT' ||
  method === 'DELETE' ||
  (method === 'POST' && /\/subjects\/[^/]+\/versions$/.test(path));

/** Passes on what carries a password, to the reader only what reads. */
const startRegistryGuard = async (port: number) => {
  const { reader, writer } = registryUsers;
  const server = createHttpServer(async (request, response) => {
    const { authorization } = request.headers;
    const { method = 'GET', url = '/' } = request;
    const isWriter = authorization === credentialsOf(writer);
    if (!isWriter && authorization !== credentialsOf(reader)) {
      response.writeHead(401).end('{"error_code":40101,"message":"Unauthorized"}');
      return;
    }
    if (!isWriter && isWrite(method, url)) {
      response.writeHead(403).end('{"error_code":40301,"message":"Forbidden"}');
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    // while the registry is away, a gate as any other
    const answer = await fetch(`http://127.0.0.1:${port}${url}`, {
      method,
      headers: { 'content-type': request.headers['content-type'] ?? 'application/json' },
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    }).catch(() => Response.json({ error_code: 502, message: 'Bad Gateway' }, { status: 502 }));
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
};

/** The certificate that PostgreSQL shows from now on to who connects. */
export const showCertificate = async (
  { dataDir }: RunningStack,
  client: pg.Client,
  certificate: string,
): Promise<void> => {
  const data = join(dataDir, 'postgres');
  const { uid, gid } = statSync(data);
  for (const suffix of ['key', 'crt']) {
    const file = join(data, `server.${suffix}`);
    copyFileSync(certificateFile(`${certificate}.${suffix}`), file);
    chownSync(file, uid, gid);
    // PostgreSQL refuses a key that others may read.
    chmodSync(file, 0o600);
  }
  await client.query('SELECT pg_reload_conf()');
};

/** From now on PostgreSQL takes connections with TLS and a password alone. */
const securePostgres = async (stack: RunningStack) => {
  const { endpoints, dataDir } = stack;
  const client = new pg.Client({ connectionString: endpoints.postgresUrl });
  await client.connect();
  await client.query(`CREATE ROLE owner SUPERUSER LOGIN PASSWORD '${postgresPassword}'`);
  await client.query('ALTER SYSTEM SET ssl = on');
  writeFileSync(
    join(dataDir, 'postgres', 'pg_hba.conf'),
    'hostssl all all 127.0.0.1/32 scram-sha-256\nhostssl replication all 127.0.0.1/32 scram-sha-256\n',
  );
  await showCertificate(stack, client, 'server');
  await client.end();
  const url = new URL(endpoints.postgresUrl);
  const parameters = `sslmode=verify-full&sslrootcert=${certificateFile('ca.crt')}`;
  const of = (user: string) => `postgres://${user}@localhost:${url.port}/postgres?${parameters}`;
  return { postgresUrl: of('nobody'), ownerUrl: of(`owner:${postgresPassword}`) };
};

const portOf = (url: string) => Number(new URL(url).port);

/** Everything above, started and guarded; a good Kafka user is there for SCRAM, too. */
export async function startSecureStack(): Promise<SecureStack> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-secure-'));
  const names = ['SECURE', 'MUTUAL', 'EXPIRED', 'OTHERNAME', 'FOREIGN'] as const;
  const ports = await freePorts(names.length);
  const listeners = names.map((name, index) => ({
    ...{ name, port: ports[index]! },
    protocol: name === 'SECURE' ? ('SASL_SSL' as const) : ('SSL' as const),
  }));
  const tokens = await startTokenEndpoint({
    ...{ directory, tokenSeconds, user: kafkaUser, strangersUser, password: kafkaPassword },
  });
  const stack = await startStack({
    backend: 'embedded',
    kafkaListeners: listeners,
    kafkaProperties: await propertiesOf(directory, tokens),
    kafkaSystemProperties: tokens.systemProperties,
    // which rule let a request pass
    kafkaLoggers: { 'kafka.authorizer.logger': 'debug' },
  });
  const { endpoints } = stack;
  for (const mechanism of ['scram-sha-256', 'scram-sha-512'] as const)
    await setScramUser(endpoints.kafkaBrokers, kafkaUser, kafkaPassword, mechanism);
  const guard = await startRegistryGuard(portOf(endpoints.registryUrl));
  const [registry, clickhouse] = await Promise.all(
    [guard.port, portOf(endpoints.clickhouseUrl)].map((port) => startTlsFront(port)),
  );
  const { postgresUrl, ownerUrl } = await securePostgres(stack);
  const registryPath = new URL(endpoints.registryUrl).pathname;
  const clickhousePath = new URL(endpoints.clickhouseUrl).pathname;
  return {
    stack,
    brokers: Object.fromEntries(
      listeners.map(({ name, port }) => [name, `127.0.0.1:${port}`]),
    ) as SecureStack['brokers'],
    registryUrl: `https://localhost:${registry!.port}${registryPath}`,
    clickhouseUrl: `https://default:@localhost:${clickhouse!.port}${clickhousePath}`,
    ...{ postgresUrl, ownerUrl },
    tokenUrl: tokens.url,
    tokensGiven: tokens.given,
    stop: async () => {
      await stack.stop();
      for (const one of [guard, registry!, clickhouse!, tokens]) one.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
