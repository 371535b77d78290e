/**
 * ClickHouse is put back to a backup that is older than what the sink's group says has landed (F17): verify
 * names exactly what the backup lacks, and a replay lands it while new records arrive.
 */
import { execFile } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type RunningStack, startStack } from '@millrace/stack';
import {
  createFlightsWorld,
  type FlightsWorld,
  type ServiceProcess,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

// copies of a server's data, and several processes one after the other
vi.setConfig({ testTimeout: 600_000 });

const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));
let stack: RunningStack;
let world: FlightsWorld;
let sink: ServiceProcess;

beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
  world = await createFlightsWorld(stack.endpoints, { partitions: 2 });
  sink = await startService('sink', world.env);
});
afterAll(async () => {
  await sink?.stop();
  await world?.drop();
  await stack?.stop();
});

/** Exit code and standard output. */
const millrace = async (...args: readonly string[]) => {
  const options = { env: { ...process.env, ...world.env } };
  const run = promisify(execFile)(process.execPath, [main, ...args], options);
  return run.then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: { code: number; stdout: string; stderr: string }) => {
      if (error.stdout === '') throw new Error(error.stderr);
      return { code: error.code, stdout: error.stdout };
    },
  );
};

interface Verdict {
  readonly ok: boolean;
  readonly facts: readonly {
    readonly partitions: readonly {
      readonly partition: number;
      readonly end: number;
      readonly missing: { readonly ranges: readonly { from: number; to: number }[] };
    }[];
  }[];
}
const verify = async () => {
  const { code, stdout } = await millrace('verify', world.contract.id, '--json');
  return { code, partitions: (JSON.parse(stdout) as Verdict).facts[0]!.partitions };
};

const landing = (rows: number) =>
  expect
    .poll(() => world.landed().catch(() => undefined), { interval: 100 })
    .toEqual({ rows, positions: rows, flights: rows });

/** Until the group stands behind all of the records. */
const settled = (end: number) =>
  expect.poll(async () => (await verify()).partitions.map((one) => one.end)).toEqual([end, end]);

test('after a restore from an older backup verify names the gap, and a replay closes it while records arrive (F17)', async () => {
  await world.send(0, 10_000);
  await landing(10_000);
  await settled(5_000);
  const data = join(stack.dataDir, 'clickhouse');
  const backup = join(stack.dataDir, 'backup');
  await stack.kill('clickhouse');
  await cp(data, backup, { recursive: true });
  await stack.restart('clickhouse');
  await world.send(10_000, 8_000);
  await landing(18_000);
  await settled(9_000);

  await stack.kill('clickhouse');
  await rm(data, { recursive: true });
  await cp(backup, data, { recursive: true });
  await stack.restart('clickhouse');
  const wrong = await verify();
  expect(wrong.code).toBe(1);
  expect(wrong.partitions.map(({ missing }) => missing.ranges)).toEqual(
    [0, 1].map(() => [{ from: 5_000, to: 8_999 }]),
  );

  const sending = world.keepSending(18_000, { count: 1_000, everyMs: 100 });
  expect((await millrace('replay', world.contract.id)).code).toBe(0);
  const sent = await sending.stop();
  await landing(sent);
  await settled(sent / 2);
  expect((await verify()).code).toBe(0);
});
