import { createDecoder, type MessageHandler } from '@millrace/pgoutput';
import { systemClock } from '@millrace/pipeline';
import { createPostgresDatabase, type PostgresDatabase } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startReplication } from './replication-stream.ts';
import { sessionConfig } from './session-settings.ts';

let database: PostgresDatabase;
let slotName: string;

beforeAll(async () => {
  database = await createPostgresDatabase('cdc_replication');
  slotName = database.name.replaceAll('-', '_');
  await database.query('create table t (id int primary key)');
  await database.query('create publication p for table t');
  await database.query("select pg_create_logical_replication_slot($1, 'pgoutput')", [slotName]);
});
afterAll(() => database.drop());

interface SeenTransaction {
  readonly commitLsn: bigint;
  readonly endLsn: bigint;
}

const ignore = () => undefined;

/** Streams from the slot's position until `enough`, then confirms `enough`'s LSN and disconnects. */
const streamUntil = async (
  enough: (seen: readonly SeenTransaction[]) => bigint | undefined,
): Promise<readonly SeenTransaction[]> => {
  const seen: SeenTransaction[] = [];
  const reached = Promise.withResolvers<bigint>();
  const handler: MessageHandler = {
    begin: ignore,
    commit: (commitLsn, endLsn) => {
      seen.push({ commitLsn, endLsn });
      const lsn = enough(seen);
      if (lsn !== undefined) reached.resolve(lsn);
    },
    ...{ relation: ignore, type: ignore, insert: ignore, update: ignore, delete: ignore },
    ...{ truncate: ignore, message: ignore, origin: ignore },
  };
  const decoder = createDecoder(handler);
  const stream = await startReplication(
    {
      connection: sessionConfig(database.url, 'test', 'stream'),
      ...{
        slotName,
        publications: ['p'],
        serverVersion: 180_000,
        protocol: 1,
        isBinary: false,
        silenceMs: 30_000,
        clock: systemClock,
      },
    },
    { message: (payload) => decoder.decode(payload), keepalive: ignore },
  );
  const lsn = await Promise.race([reached.promise, stream.finished.then(() => 0n)]);
  await stream.stop(lsn);
  return seen;
};

/** Two transactions whose commit records touch, unless another writer's record falls between them. */
const commitSideBySide = async (): Promise<void> => {
  const sessions = await Promise.all([database.connect(), database.connect()]);
  for (let id = 0; id < 20; id += 2) {
    for (const [index, session] of sessions.entries()) {
      await session.query(`begin; insert into t values (${id + index})`);
    }
    for (const session of sessions) await session.query('commit');
  }
};

test('the end of a commit, confirmed, keeps the commit that begins at that very byte', async () => {
  await commitSideBySide();
  // 20 commits in all; the stream is cut where the first pair of them touches
  let cut: SeenTransaction | undefined;
  await streamUntil((seen) => {
    if (seen.length < 20) return undefined;
    cut = seen.find(({ endLsn }) => seen.some(({ commitLsn }) => commitLsn === endLsn));
    return cut?.endLsn ?? 0n;
  });
  expect(cut).toBeDefined();
  const [next] = await streamUntil((seen) => seen.at(-1)?.endLsn);
  expect(next?.commitLsn).toBe(cut?.endLsn);
});
