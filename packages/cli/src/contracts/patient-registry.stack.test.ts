/** Contracts are applied through a registry that is slow, busy, away or silent for a moment. */
import { createRegistryClient } from '@millrace/avro';
import { type RetryNotice, systemClock } from '@millrace/pipeline';
import {
  type HttpFaultProxy,
  type SeenRequest,
  stackUnderTest,
  startHttpFaultProxy,
  uniqueName,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyPlan } from './apply.ts';
import { createPatientRegistry } from './patient-registry.ts';
import { pendingSteps, planProject } from './plan.ts';
import { connectSystem } from './platform-system.ts';
import { readingContract } from './testing/project-fixture.ts';
import { connectSystemUnderTest, type SystemUnderTest } from './testing/system-under-test.ts';

let proxy: HttpFaultProxy;
let under: SystemUnderTest;
const told: RetryNotice[] = [];

beforeAll(async () => {
  proxy = await startHttpFaultProxy({ target: stackUnderTest().registryUrl });
  under = await connectSystemUnderTest('patient');
});
afterAll(async () => {
  await under?.close();
  await proxy?.close();
});

const isPost = ({ method }: SeenRequest) => method === 'POST';
const busy = { kind: 'answer', answer: { status: 503, body: 'busy' } } as const;

test('contracts are applied although the registry is busy, resets, or does not answer in time', async () => {
  const client = createRegistryClient({ url: proxy.url, requestTimeoutMs: 1_000 });
  const registry = createPatientRegistry(client, systemClock, (notice) => told.push(notice));
  const system = { ...under.system, registry };
  const contract = readingContract(uniqueName('patient').replaceAll('-', '_'));
  // what a plan reads
  proxy.rule(() => true, busy, 2);
  const silent = proxy.rule(() => true, { kind: 'hold-request' });
  const plan = await planProject([contract], system);
  silent.release();
  // what is changed: the level, then the version, done though nobody is told
  proxy.rule(({ method }) => method === 'PUT', { kind: 'lose-answer' });
  const registering = proxy.rule(isPost, { kind: 'lose-answer' });
  await applyPlan(plan, system);
  expect(registering.answered()).toBe(1);
  expect(new Set(told.map(({ error }) => error.code))).toEqual(new Set(['registry.unavailable']));
  const subject = `${contract.topic.name}-value`;
  expect(await under.system.registry.latest(subject)).toMatchObject({ version: 1 });
  expect(pendingSteps(await planProject([contract], under.system))).toEqual([]);
});

test('commands ask a registry so, and say once why they wait', async () => {
  const { kafkaBrokers, clickhouseUrl } = stackUnderTest();
  const why: string[] = [];
  const system = connectSystem(
    { ...{ kafkaBrokers: kafkaBrokers.split(','), clickhouseUrl }, registryUrl: proxy.url },
    (one) => why.push(one),
  );
  const away = proxy.rule(() => true, busy, 1_000);
  const asked = [system.registry.subjects(), system.registry.latest(uniqueName('none'))] as const;
  const answers = Promise.all(asked);
  answers.catch(() => undefined);
  await expect.poll(() => away.taken.length).toBeGreaterThan(4);
  away.release();
  expect((await answers)[1]).toBeUndefined();
  expect(why).toHaveLength(1);
  await system.close();
});

test('what the registry refuses is the answer at once', async () => {
  const client = createRegistryClient({ url: proxy.url });
  const notices: RetryNotice[] = [];
  const registry = createPatientRegistry(client, systemClock, (notice) => notices.push(notice));
  await expect(registry.schemaById(2_000_000_000)).rejects.toMatchObject({
    code: 'registry.unknown-schema',
  });
  expect(notices).toEqual([]);
});

test('a registry that stays away is given up after half a minute, with its error', async () => {
  let nowMs = 0;
  const jumping = {
    nowMs: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms;
    },
  };
  const away = proxy.rule(() => true, busy, 1_000);
  const client = createRegistryClient({ url: proxy.url });
  const registry = createPatientRegistry(client, jumping, () => undefined);
  await expect(registry.subjects()).rejects.toMatchObject({ code: 'registry.unavailable' });
  away.release();
  expect(nowMs).toBeGreaterThan(20_000);
  expect(nowMs).toBeLessThanOrEqual(30_000);
});
