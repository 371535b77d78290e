import { expect, test } from 'vitest';
import { createReplicaSync } from './replica-sync.ts';

const statements = async (place: { cluster: string; replicated?: boolean; sharded?: boolean }) => {
  const sent: string[] = [];
  const exec = async (statement: string) => void sent.push(statement);
  const { cluster: clickhouseCluster, replicated = true, sharded = false } = place;
  const settings = { clickhouseReplicated: replicated, clickhouseSharded: sharded };
  await createReplicaSync({ exec }, { clickhouseCluster, ...settings })('flights_raw');
  return sent;
};

test('the replicas of a cluster are in step before a table is asked what it holds', async () => {
  expect(await statements({ cluster: 'c1' })).toEqual([
    'SYSTEM SYNC REPLICA ON CLUSTER `c1` `flights_raw` LIGHTWEIGHT',
  ]);
});

test('of a sharded table it is the one on each server', async () => {
  const [statement] = await statements({ cluster: 'c1', sharded: true });
  expect(statement).toContain('`flights_raw_local`');
});

test('one server, and a cluster without replicas, have nothing to wait for', async () => {
  expect(await statements({ cluster: '' })).toEqual([]);
  expect(await statements({ cluster: 'c1', replicated: false })).toEqual([]);
});
