/**
 * Chapter 5: what a table cannot become in place. A fact gets another order and other partitions: `plan` refuses and
 * names the command, which builds the new table beside the old one and exchanges the two while data flows.
 */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  createFlightsWorld,
  type FlightsWorld,
  pace,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 300_000 });

const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));
let world: FlightsWorld;
let sink: ServiceProcess;

beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 2 });
  sink = await startService('sink', world.env);
  await sink.ready();
});
afterAll(async () => {
  await sink?.stop();
  await world?.drop();
});

/** Runs `millrace …`; what it printed and its exit code. */
const millrace = async (...args: string[]): Promise<{ code: number; said: string }> => {
  const env = { ...process.env, ...world.env };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [main, ...args], { env });
    return { code: 0, said: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: stdout + stderr };
  }
};

/** Sends and asks the view all the time; resolves with what was sent and how many rows a reader ever lost sight of. */
const keepFlowing = (atLeast: number) => {
  const sending = world.keepSending(atLeast, { count: 500, everyMs: 50 });
  let mostSeen = 0;
  let lostSight = 0;
  let isFlowing = true;
  const reading = (async () => {
    while (isFlowing) {
      const [row] = await world.database.query<{ rows: number }>(
        `SELECT toUInt32(count()) AS rows FROM ${world.contract.warehouse.view}`,
      );
      lostSight = Math.max(lostSight, mostSeen - (row?.rows ?? 0));
      mostSeen = Math.max(mostSeen, row?.rows ?? 0);
      await pace(20);
    }
  })();
  return async () => {
    const sent = await sending.stop();
    isFlowing = false;
    await reading;
    return { sent, lostSight };
  };
};

test('another order and other partitions come by a table beside the old one, no row lost, doubled or unseen', async () => {
  const before = 20_000;
  await world.send(0, before);
  const landed = () => world.landed();
  const all = (rows: number) => ({ rows, positions: rows, flights: rows });
  await expect.poll(landed).toEqual(all(before));
  const odcs = join(world.env['MILLRACE_PROJECT']!, world.contract.files.odcs);
  const text = await readFile(odcs, 'utf8');
  await writeFile(
    odcs,
    text
      .replace('orderBy: [origin, departed_at]', 'orderBy: [destination, departed_at]')
      .replace('partitionBy: toYYYYMM(departed_at)', 'partitionBy: toYear(departed_at)'),
  );
  const planned = await millrace('contracts', 'plan');
  expect(planned.code).toBe(1);
  expect(planned.said).toMatch(/orderBy origin, departed_at → destination, departed_at/);
  const command = `millrace contracts rebuild ${world.contract.id}`;
  expect(planned.said).toContain(command);

  const stopFlowing = keepFlowing(before);
  expect(await millrace(...command.split(' ').slice(1))).toMatchObject({
    code: 0,
    said: expect.stringContaining('the old ones are in'),
  });
  const { sent, lostSight } = await stopFlowing();
  await expect.poll(landed).toEqual(all(sent));
  expect(lostSight).toBe(0);
  const shape = await world.database.query(
    `SELECT sorting_key, partition_key FROM system.tables
     WHERE database = currentDatabase() AND name = '${world.contract.warehouse.table}'`,
  );
  expect(shape).toEqual([
    { sorting_key: 'destination, departed_at', partition_key: 'toYear(departed_at)' },
  ]);
  // The topic of this world is no table's business; nothing of the table is left to do.
  expect((await millrace('contracts', 'plan')).said).not.toMatch(/ table +w_/);
});
