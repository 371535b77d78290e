import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createManualClock, stackUnderTest, startFaultProxy, uniqueName } from '@millrace/testkit';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createRegistryClient } from './connect-registry.ts';

/** A registry behind a door that writes down each request. */
const requests: string[] = [];
let door: Server;
let url: string;

beforeAll(async () => {
  const { registryUrl } = stackUnderTest();
  const { origin, pathname } = new URL(registryUrl);
  door = createServer(async (request, response) => {
    requests.push(`${request.method} ${request.url?.slice(pathname.length)}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = await fetch(`${origin}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': request.headers['content-type'] ?? '' },
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(await answer.text());
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  url = `http://127.0.0.1:${(door.address() as AddressInfo).port}${pathname}`;
});

afterAll(() => {
  door.closeAllConnections();
  door.close();
});

const schemaOf = (fields: readonly object[]): string =>
  JSON.stringify({
    type: 'record',
    name: 'Value',
    namespace: uniqueName('registry_test'),
    'connect.name': 'changes.test.public.t.Value',
    fields,
  });

const idField = { name: 'id', type: { type: 'long', 'connect.name': 'io.debezium.x', default: 0 } };

test('every version of a subject is told, oldest first, and of none that does not exist', async () => {
  const subject = uniqueName('registry_test');
  const registry = createRegistryClient({ url });
  const one = await registry.register(subject, schemaOf([idField]));
  const two = await registry.register(
    subject,
    JSON.stringify({
      ...JSON.parse(one.schemaText),
      fields: [idField, { name: 'b', type: 'int', default: 0 }],
    }),
  );
  expect(await registry.versions(subject)).toMatchObject([
    { subject, version: 1, id: one.id },
    { subject, version: 2, id: two.id },
  ]);
  expect(await registry.versions(uniqueName('nothing'))).toEqual([]);
});

test('registering the same schema again gives the same id, and its text comes back as it was', async () => {
  const subject = uniqueName('registry_test');
  const schemaText = schemaOf([idField]);
  const registry = createRegistryClient({ url });
  const first = await registry.register(subject, schemaText);
  const again = await createRegistryClient({ url }).register(subject, schemaText);
  expect(again.id).toBe(first.id);
  expect(JSON.parse((await registry.schemaById(first.id)).schemaText)).toEqual(
    JSON.parse(schemaText),
  );
  expect(await registry.subjectsOf(first.id)).toContain(subject);
  expect(await registry.subjectsOf(987_654_321)).toEqual([]);
  const latest = await registry.latest(subject);
  expect(latest).toMatchObject({ subject, id: first.id, version: 1 });
  expect(JSON.parse(latest?.schemaText ?? '')).toEqual(JSON.parse(schemaText));
  expect(await registry.subjects()).toContain(subject);
});

test('a known id costs one request for ever, also when many ask at once', async () => {
  const registry = createRegistryClient({ url });
  const { id } = await registry.register(uniqueName('registry_test'), schemaOf([idField]));
  requests.length = 0;
  await Promise.all(Array.from({ length: 50 }, () => registry.schemaById(id)));
  await registry.schemaById(id);
  expect(requests).toEqual([`GET /schemas/ids/${id}`]);
});

test('an unknown id costs one request in its time to live', async () => {
  const clock = createManualClock();
  const registry = createRegistryClient({ url, clock, negativeTtlMs: 1_000 });
  const ask = () =>
    expect(registry.schemaById(2_000_000_000)).rejects.toMatchObject({
      code: 'registry.unknown-schema',
      retryable: false,
    });
  requests.length = 0;
  await Promise.all(Array.from({ length: 20 }, ask));
  await ask();
  expect(requests).toHaveLength(1);
  await clock.advance(1_000);
  await ask();
  expect(requests).toHaveLength(2);
});

test('a subject that does not exist has no latest version and no level', async () => {
  const registry = createRegistryClient({ url });
  const subject = uniqueName('registry_test');
  expect(await registry.latest(subject)).toBeUndefined();
  expect(await registry.compatibility(subject)).toBeUndefined();
  expect(await registry.checkCompatible(subject, schemaOf([idField]))).toMatchObject({
    compatible: true,
  });
});

test("an incompatible schema is refused with the registry's reasons; a compatible one is taken", async () => {
  const registry = createRegistryClient({ url });
  const subject = uniqueName('registry_test');
  const before = schemaOf([idField]);
  await registry.register(subject, before);
  await registry.setCompatibility(subject, 'BACKWARD');
  expect(await registry.compatibility(subject)).toBe('BACKWARD');

  const withField = (field: object) => {
    const schema = JSON.parse(before) as { fields: object[] };
    return JSON.stringify({ ...schema, fields: [...schema.fields, field] });
  };
  const breaking = withField({ name: 'name', type: 'string' });
  expect(await registry.checkCompatible(subject, breaking)).toMatchObject({ compatible: false });
  await expect(registry.register(subject, breaking)).rejects.toMatchObject({
    code: 'registry.incompatible',
    retryable: false,
    message: expect.stringContaining('name at /fields/1'),
  });

  const additive = withField({ name: 'name', type: ['null', 'string'], default: null });
  expect(await registry.checkCompatible(subject, additive)).toMatchObject({ compatible: true });
  await registry.register(subject, additive);
  expect(await registry.latest(subject)).toMatchObject({ version: 2 });
  expect(await registry.compatibility(subject)).toBe('BACKWARD');
});

test('what is no schema is refused for good', async () => {
  const registry = createRegistryClient({ url });
  await expect(
    registry.register(uniqueName('registry_test'), '{"type":"rec"}'),
  ).rejects.toMatchObject({ code: 'registry.refused', retryable: false });
});

test('a wrong path is a refusal and not an unknown schema: good records would be given up', async () => {
  const registry = createRegistryClient({ url: new URL(url).origin });
  await expect(registry.schemaById(1)).rejects.toMatchObject({ code: 'registry.refused' });
});

const unavailable = { code: 'registry.unavailable', retryable: true };

test('a registry that hangs is unavailable within the timeout, for every operation', async () => {
  const proxy = await startFaultProxy({ target: stackUnderTest().registryUrl });
  onTestFinished(() => proxy.close());
  proxy.stall();
  const registry = createRegistryClient({ url: proxy.url, requestTimeoutMs: 300 });
  await Promise.all([
    expect(registry.schemaById(1)).rejects.toMatchObject(unavailable),
    expect(registry.latest('a')).rejects.toMatchObject(unavailable),
    expect(registry.register('a', schemaOf([idField]))).rejects.toMatchObject(unavailable),
    expect(registry.subjects()).rejects.toMatchObject(unavailable),
  ]);
});

test('a registry that is down is unavailable, and answers again when it is back', async () => {
  const proxy = await startFaultProxy({ target: stackUnderTest().registryUrl });
  onTestFinished(() => proxy.close());
  const registry = createRegistryClient({ url: proxy.url, requestTimeoutMs: 20_000 });
  const { id } = await registry.register(uniqueName('registry_test'), schemaOf([idField]));
  proxy.cut();
  await expect(registry.schemaById(id)).rejects.toMatchObject(unavailable);
  await expect(registry.subjects()).rejects.toMatchObject(unavailable);
  proxy.restore();
  await expect(registry.schemaById(id)).resolves.toMatchObject({ id });
});

test('who sets the same level at the same time succeeds, too', async () => {
  const registry = createRegistryClient({ url });
  const schemaText = JSON.stringify({ type: 'record', name: 'Both', fields: [] });
  for (let round = 0; round < 10; round += 1) {
    const subject = `${uniqueName('both')}-value`;
    await registry.register(subject, schemaText);
    await Promise.all(
      Array.from({ length: 8 }, () => registry.setCompatibility(subject, 'FULL_TRANSITIVE')),
    );
    expect(await registry.compatibility(subject)).toBe('FULL_TRANSITIVE');
  }
});
