/**
 * What asking for keys costs a request: CPU of `admit`, `charge` and the answer's fields beside a door that asks nobody,
 * without HTTP and Kafka. Run by hand: `node services/ingest/src/http/admit.bench.ts`. Arguments: requests (default 300,000), rounds (default 3).
 */
import type { IncomingMessage } from 'node:http';
import { hashKeyToken, mintKeyToken } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import { createMetrics } from '@millrace/runtime';
import { createAuthenticator } from '../access/authenticate.ts';
import { createKeyRing } from '../access/key-ring.ts';
import type { Access } from '../access/open-access.ts';
import { createAccounts } from '../admission/accounts.ts';
import { createHotKeys } from '../admission/hot-keys.ts';
import { createByteBudget } from '../byte-budget.ts';
import { createIngestMetrics } from '../metrics.ts';
import type { Stream } from '../stream.ts';
import { type Admission, createAdmission } from './admit.ts';

const [requests = 300_000, rounds = 3] = process.argv.slice(2).map(Number);
const keysKnown = 1000;
const stream = { contract: { id: 'shop.orders', key: [] } } as unknown as Stream;
const nowMs = () => performance.now();

const tokens = Array.from({ length: keysKnown }, (_, index) => mintKeyToken(`key${index}`));
const ring = createKeyRing({});
for (const [index, token] of tokens.entries())
  ring.put(`key${index}`, {
    id: `key${index}`,
    name: `key ${index}`,
    scopes: ['flights.*', 'shop.*'],
    secrets: [{ sha256: hashKeyToken(token).toString('hex') }],
    limits: index % 2 === 0 ? {} : { requests: 1e9, events: 1e9, bytes: 1e12 },
  });
const access: Access = {
  authenticator: createAuthenticator({ keys: ring, clock: systemClock }),
  audit: { note: () => undefined, flush: () => undefined },
  uses: { note: () => undefined, flush: async () => undefined },
  close: async () => undefined,
};

const admissionWith = (given: Access | undefined, withRates: boolean) => {
  const budget = createByteBudget(32 * 1024 * 1024);
  return createAdmission({
    access: given,
    accounts: createAccounts({
      ...{ budget, queueBytesMax: 32 * 1024 * 1024, burstSeconds: 2, accountsMax: 10_000 },
      ...{ nowMs, wallMs: Date.now, doors: () => 1 },
    }),
    addressTerms: undefined,
    streamRate: withRates ? 1e9 : 0,
    burstSeconds: 2,
    doors: () => 1,
    refusalsPerMinute: 60,
    budget,
    metrics: createIngestMetrics(createMetrics('ingest')),
    nowMs,
  });
};

const incoming = (token: string) =>
  ({
    ip: '192.0.2.1',
    headers: {},
    raw: {
      headers: { authorization: `Bearer ${token}` },
      url: '/',
      socket: {},
    } as unknown as IncomingMessage,
  }) as unknown as Parameters<Admission['admit']>[0];

const measure = (given: Access | undefined, from: (index: number) => string): number => {
  const admission = admissionWith(given, given !== undefined);
  const prepared = Array.from({ length: keysKnown }, (_, index) => incoming(from(index)));
  const run = (count: number) => {
    for (let index = 0; index < count; index += 1) {
      const admitted = admission.admit(prepared[index % keysKnown]!, 'shop.orders', stream);
      if (admitted instanceof Promise || 'status' in admitted) throw new Error('refused');
      const budget = admission.budgetOf(admitted);
      budget.take(500);
      budget.give(500);
      admission.chargeBytes(admitted, 500);
      admission.charge(admitted, stream, 1);
      admission.rateFields(admitted);
    }
  };
  run(20_000);
  const before = process.cpuUsage();
  run(requests);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests;
};

const hotKeys = (): number => {
  const hot = createHotKeys(1e9);
  const keys = Array.from({ length: 10_000 }, (_, index) => Buffer.from(`sensor-${index}`));
  const before = process.cpuUsage();
  for (let index = 0; index < requests; index += 1) hot.take(keys[index % 10_000]!, nowMs());
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests;
};

const even = (index: number) => tokens[index - (index % 2)]!;
const odd = (index: number) => tokens[index - (index % 2) + 1]!;
const measured = { off: [], keys: [], keysWithRates: [], hotKeyAnEvent: [] } as Record<
  string,
  number[]
>;
for (let round = 0; round < rounds; round += 1) {
  measured['off']!.push(measure(undefined, even));
  measured['keys']!.push(measure(access, even));
  measured['keysWithRates']!.push(measure(access, odd));
  measured['hotKeyAnEvent']!.push(hotKeys());
}
const spread = (all: readonly number[]) => {
  const [min, ...more] = all.toSorted((a, b) => a - b).map((one) => Number(one.toPrecision(3)));
  return { min, median: [min, ...more][Math.floor(all.length / 2)], max: more.at(-1) ?? min };
};
console.log('CPU-µs');
console.table(
  Object.fromEntries(Object.entries(measured).map(([name, all]) => [name, spread(all)])),
);
