/** What the door serves beside taking events: who of other origins may post, the docs of the API, the page to try it. */
import type { EventProject, ServiceProcess } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDoorsUnderTest, type DoorsUnderTest } from './testing/doors-under-test.ts';

let doors: DoorsUnderTest;
let fixture: EventProject;
let door: ServiceProcess;

beforeAll(async () => {
  doors = await createDoorsUnderTest();
  fixture = doors.fixture;
  door = await doors.start({
    MILLRACE_INGEST_CORS_ORIGINS: 'https://shop.example',
    MILLRACE_INGEST_WEBHOOK_ORIGINS: 'hooks.example',
  });
});
afterAll(() => doors?.close());

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(door.url + path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });

test('pages of an origin that is named may post and read the answers, others may not', async () => {
  const ask = (origin: string, headers: Record<string, string> = {}, method = 'OPTIONS') =>
    fetch(door.url + fixture.orders, { method, headers: { origin, ...headers } });
  const preflight = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type',
  };
  const allowed = await ask('https://shop.example', preflight);
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get('access-control-allow-origin')).toBe('https://shop.example');
  expect(allowed.headers.get('access-control-allow-headers')).toBe('content-type');
  expect(allowed.headers.get('access-control-max-age')).toBe('7200');
  const other = await ask('https://other.example', preflight);
  expect(other.headers.get('access-control-allow-origin')).toBeNull();
  // Also of a refusal: the page must be able to read why.
  const refused = await post(fixture.orders, '{', { origin: 'https://shop.example' });
  expect(refused.status).toBe(400);
  expect(refused.headers.get('access-control-allow-origin')).toBe('https://shop.example');
  expect(refused.headers.get('access-control-expose-headers')).toContain('Retry-After');
});

test('a webhook sender is allowed by its name', async () => {
  const ask = (sender: string) =>
    fetch(`${door.url}/v1/events`, {
      method: 'OPTIONS',
      headers: { 'webhook-request-origin': sender, 'webhook-request-rate': '120' },
    });
  const allowed = await ask('hooks.example');
  expect(allowed.status).toBe(200);
  expect(allowed.headers.get('webhook-allowed-origin')).toBe('hooks.example');
  expect(allowed.headers.get('webhook-allowed-rate')).toBe('*');
  expect((await ask('evil.example')).headers.get('webhook-allowed-origin')).toBeNull();
});

test('the docs of the API lead to its streams, and each example in them is accepted', async () => {
  const document = (await (await fetch(`${door.url}/v1/openapi.json`)).json()) as {
    paths: Record<
      string,
      { post?: { requestBody: { content: Record<string, { example: unknown }> } } }
    >;
  };
  let posted = 0;
  for (const [path, { post: operation }] of Object.entries(document.paths))
    for (const [contentType, { example }] of Object.entries(operation?.requestBody.content ?? {})) {
      if (example === undefined) continue;
      const body = typeof example === 'string' ? example : JSON.stringify(example);
      const answer = await post(path, body, { 'content-type': contentType });
      expect([path, contentType, answer.status]).toEqual([path, contentType, 202]);
      posted += 1;
    }
  expect(posted).toBe(2 * 7 + 2);
  const yaml = await (await fetch(`${door.url}/v1/openapi.yaml`)).text();
  expect(yaml).toMatch(/^openapi: 3\.1\.0\n/);
});

test('the page to try it is whole, and may load nothing from elsewhere', async () => {
  const page = await fetch(`${door.url}/`);
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
  const html = await page.text();
  const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
  expect(parts.length).toBeGreaterThan(3);
  for (const path of parts) {
    expect(path).toMatch(/^\/[^/]/);
    expect((await fetch(door.url + path)).status).toBe(200);
  }
});
