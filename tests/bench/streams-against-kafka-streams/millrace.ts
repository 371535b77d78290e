/** Our transforms as a contestant: the service as deployed, with one of the project's transforms. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadProject } from '@millrace/runtime';
import { startService } from '@millrace/testkit';
import type { Contestant, Query } from './contestant.ts';
import { deleteTopics, PARTITIONS } from './world.ts';

const outputContracts: Readonly<Record<Query, readonly string[]>> = {
  q0: ['nexmark.passed_person', 'nexmark.passed_auction', 'nexmark.passed_bid'],
  q1: ['nexmark.bid_euro'],
  q2: ['nexmark.auction_price'],
  q5: ['nexmark.hot_item'],
  q7: ['nexmark.highest_bid'],
  q8: ['nexmark.new_seller'],
  q11: ['nexmark.bidder_session'],
};

/** Node's own options for the process, such as --cpu-prof. */
const nodeOptions = process.env['MILLRACE_BENCH_NODE_OPTIONS'];

export const millrace: Contestant = {
  name: 'Millrace',
  start: async (query, { endpoints, admin, project }) => {
    const { contracts } = await loadProject(project);
    const outputs = contracts
      .filter(({ id }) => outputContracts[query].includes(id))
      .map(({ topic }) => topic.name);
    const groupId = `millrace.transform.${query}`;
    const internal = `_${groupId}.`;
    const clear = async (): Promise<void> => {
      const topics = await admin.listTopics();
      const own = topics.filter((topic) => topic.startsWith(internal) || outputs.includes(topic));
      await deleteTopics(admin, own);
      await admin.deleteGroup(groupId);
    };
    await clear();
    await admin.createTopics(
      outputs.map((name) => ({ name, partitions: PARTITIONS, replicationFactor: 1, config: {} })),
    );
    const state = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
    const service = await startService('stream-transform', {
      MILLRACE_PROJECT: project,
      MILLRACE_KAFKA_BROKERS: endpoints.kafkaBrokers,
      MILLRACE_REGISTRY_URL: endpoints.registryUrl,
      MILLRACE_STREAM_TRANSFORM_TRANSFORMS: query,
      MILLRACE_STREAM_TRANSFORM_STATE_DIR: state,
      ...(nodeOptions === undefined ? {} : { NODE_OPTIONS: nodeOptions }),
    });
    return {
      pid: service.pid,
      started: service.ready(),
      groupId,
      isInner: (topic) => topic.startsWith(internal) && topic.endsWith('.repartition'),
      outputs,
      finish: async () => {
        await service.stop();
        await clear();
        await rm(state, { recursive: true, force: true });
      },
    };
  },
};
