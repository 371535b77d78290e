/**
 * A replay whose command and whose sink are killed, at exact points and at random ones: going on by its id,
 * each row is in the table once.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '@millrace/pipeline';
import {
  createFlightsWorld,
  evictMembers,
  type FlightsWorld,
  momentOfChance,
  openReader,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  openReplayStore,
  type Replay,
  type ReplayPhase,
  type ReplayStore,
  replayGroup,
} from './replay-store.ts';

vi.setConfig({ testTimeout: 900_000 });

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
let world: FlightsWorld;
let sink: ServiceProcess;
let store: ReplayStore;
const connection = () => ({
  brokers: stackUnderTest().kafkaBrokers.split(','),
  clientId: 'test',
  logger: silentLogger,
});

beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 2 });
  sink = await startService('sink', world.env);
  store = await openReplayStore(connection());
});
afterAll(async () => {
  await sink?.stop();
  await store?.close();
  await world?.drop();
});

/** The command and the sink that it starts, as one group of processes that can be killed at once. */
function start(...args: readonly string[]) {
  const child = spawn(process.execPath, [main, 'replay', ...args], {
    // small claims, so that a kill finds one under way
    env: { ...process.env, ...world.env, MILLRACE_SINK_INSERT_ROWS: '300' },
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  return {
    exited,
    said: () => said,
    kill: async () => {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch (error) {
        // it has come to its end before
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
      await exited;
      const replay = await own();
      if (replay) await evictMembers(stackUnderTest().kafkaBrokers, replayGroup(replay.id));
    },
  };
}

const own = async (): Promise<Replay | undefined> =>
  (await store.all()).filter(({ topic }) => topic === world.contract.topic.name).at(-1);

/** Rejects with what the command said when it ends in disorder on its way there. */
const reaches = async (
  run: ReturnType<typeof start>,
  isThere: (replay: Replay) => Promise<boolean> | boolean,
) => {
  const there = expect
    .poll(
      async () => {
        const replay = await own();
        // a slow look may find everything passed
        if (replay?.phase === 'done') return 'there';
        if (replay !== undefined && (await isThere(replay))) return 'there';
        return `${replay?.phase}: ${run.said()}`;
      },
      { timeout: 600_000, interval: 5 },
    )
    .toBe('there');
  const failed = run.exited.then((code) => {
    if (code !== 0) throw new Error(`the command ended with ${code}: ${run.said()}`);
    return there;
  });
  await Promise.race([there, failed]);
};

const wordFor = ({ phase, id }: Replay): readonly string[] => [
  phase === 'landed' ? 'swap' : 'resume',
  id,
];

const landed = async (): Promise<boolean> => {
  const { admin } = openReader(stackUnderTest().kafkaBrokers);
  const topic = world.contract.topic.name;
  const [ends, committed] = await Promise.all([
    admin.partitionOffsets(topic),
    admin.committedOffsets(world.group, [topic]),
  ]);
  return ends.every(
    ({ partition, stable }) =>
      committed.find((one) => one.partition === partition)?.offset === stable,
  );
};
const settled = () => expect.poll(landed, { interval: 100 }).toBe(true);

const table = () => world.contract.warehouse.table;
const expectOnce = (rows: number) =>
  expect
    .poll(() => world.landed(), { interval: 100 })
    .toEqual({ rows, positions: rows, flights: rows });

const isUnderWay = async ({ id, topic, ranges }: Replay): Promise<boolean> => {
  const { admin } = openReader(stackUnderTest().kafkaBrokers);
  const committed = await admin.committedOffsets(replayGroup(id), [topic]);
  return committed.some(({ partition, offset, metadata }) => {
    const range = ranges.find((one) => one.partition === partition);
    return range !== undefined && offset > range.from && metadata.includes('"c":');
  });
};

test('replace, killed before and after its rows are removed, amid claims, and at random, lands each row once', async () => {
  await world.send(0, 12_000);
  await expectOnce(12_000);
  await settled();
  let run = start(world.contract.id, '--mode', 'replace');
  await reaches(run, ({ phase }) => phase === 'planned' || phase === 'cleared');
  await run.kill();
  for (const isThere of [({ phase }: Replay) => phase === 'cleared', isUnderWay]) {
    if ((await own())!.phase === 'done') break;
    run = start(...wordFor((await own())!));
    await reaches(run, isThere);
    await run.kill();
  }
  if ((await own())!.phase !== 'done') {
    run = start(...wordFor((await own())!));
    await momentOfChance(500, 4_000);
    await run.kill();
  }
  if ((await own())!.phase !== 'done') {
    run = start(...wordFor((await own())!));
    expect(await run.exited, run.said()).toBe(0);
  }
  expect((await own())!.phase).toBe('done');
  await expectOnce(12_000);
  await store.forget((await own())!.id);
});

test('a rebuild killed while it lands, while the tables are exchanged and right after, under load, has each row once', async () => {
  const { rows } = await world.landed();
  await world.database.execute(
    `ALTER TABLE ${table()} UPDATE destination = 'SPL' WHERE 1 SETTINGS mutations_sync = 2`,
  );
  const sending = world.keepSending(rows, { count: 500, everyMs: 200 });
  let run = start(world.contract.id, '--mode', 'side-table', '--swap');
  // a slow look may find the point passed: then the kill strikes later
  const order = ['planned', 'cleared', 'landed', 'exchanging', 'exchanged', 'done'] as const;
  const isPast = (wanted: ReplayPhase) => (replay: Replay) =>
    order.indexOf(replay.phase) >= order.indexOf(wanted);
  const points = [
    async (replay: Replay) => isPast('landed')(replay) || (await isUnderWay(replay)),
    ...(['landed', 'exchanging', 'exchanged'] as const).map(isPast),
  ];
  for (const isThere of points) {
    await reaches(run, isThere);
    await run.kill();
    const at = (await own())!;
    if (at.phase === 'done') break;
    run = start(at.phase === 'cleared' ? 'swap' : wordFor(at)[0]!, at.id);
  }
  if ((await own())!.phase !== 'done') expect(await run.exited, run.said()).toBe(0);
  const sent = await sending.stop();
  expect((await own())!.phase).toBe('done');
  await expectOnce(sent);
  const [{ spoilt } = { spoilt: -1 }] = await world.database.query<{ spoilt: number }>(
    `SELECT countIf(destination = 'SPL')::UInt32 AS spoilt FROM ${table()}`,
  );
  expect(spoilt).toBe(0);
});
