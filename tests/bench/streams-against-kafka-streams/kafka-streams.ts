/** Kafka Streams as a contestant: the program in `peer/`, exactly once, tuned (see there), a heap of 1 GiB. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { guardProcess } from '@millrace/stack';
import { uniqueName } from '@millrace/testkit';
import { javaProgram } from '../../java-program.ts';
import type { Contestant } from './contestant.ts';
import { deleteTopics, PARTITIONS } from './world.ts';

const folder = fileURLToPath(new URL('./peer', import.meta.url));
const classes = ['AvroRecords', 'Longs', 'NexmarkPeer', 'Queries', 'Registry'];
const heap = ['-Xms1g', '-Xmx1g', '-XX:+UseParallelGC'];
const logging = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error';

const program = () =>
  javaProgram(
    {
      name: 'kafka-streams-peer',
      description: 'Kafka Streams',
      folder,
      sources: classes.map((name) => join(folder, 'millrace', 'peer', `${name}.java`)),
      neededBytes: 300 * 1024 * 1024,
    },
    (detail) => console.error(detail),
  );

export const kafkaStreams: Contestant = {
  name: 'Kafka Streams',
  start: async (query, { endpoints, admin, input, schemas }) => {
    const { java, classPath } = await program();
    const applicationId = uniqueName(`peer-${query}`);
    const output = `${applicationId}-results`;
    const state = await mkdtemp(join(tmpdir(), 'kafka-streams-'));
    const config = { 'retention.ms': '-1' };
    await admin.createTopics([
      { name: output, partitions: PARTITIONS, replicationFactor: 1, config },
    ]);
    const child = spawn(
      java,
      [
        ...[...heap, logging, '-cp', classPath, 'millrace.peer.NexmarkPeer', query],
        ...[endpoints.kafkaBrokers, endpoints.registryUrl, applicationId, input, output],
        ...[schemas, state],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    const guard = guardProcess(pid, 'SIGTERM');
    const exited = once(child, 'exit').then(() => guard.release());
    const started = new Promise<void>((resolve, reject) => {
      createInterface(child.stdout).once('line', () => resolve());
      void exited.then(() => reject(new Error(`Kafka Streams ended before it began ${query}`)));
    });
    return {
      pid,
      started,
      groupId: applicationId,
      isInner: (topic) => topic.startsWith(applicationId) && topic.endsWith('-repartition'),
      outputs: [output],
      finish: async () => {
        child.kill('SIGTERM');
        await exited;
        const topics = await admin.listTopics();
        const own = topics.filter((topic) => topic.startsWith(applicationId));
        await deleteTopics(admin, own);
        await rm(state, { recursive: true, force: true });
      },
    };
  },
};
