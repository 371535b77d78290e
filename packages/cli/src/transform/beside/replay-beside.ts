/**
 * A replay into topics beside the live ones: forget what an earlier one left → begin where it is told → run until what the
 * sources held at the start is read → compare the results → drop everything again, when asked to. The live transform is not
 * touched, and may run.
 */
import { type Contract, transformGroup, transformsTopic } from '@millrace/contracts';
import { type Admin, createProducer, type KafkaConnection } from '@millrace/kafka';
import { besideTopic, besideTransform, type SinkNode, type Transform } from '@millrace/streams';
import { beginAt, streamTopics } from '../begin-at.ts';
import { applyReset, planReset } from '../reset-transform.ts';
import { catchUp, endsOfSources } from './caught-up.ts';
import { compareResults, type ResultDifferences, readResults } from './compare-results.ts';
import { runBeside } from './run-beside.ts';

export interface BesideReplay {
  readonly project: string;
  readonly suffix: string;
  readonly fromMs: number | undefined;
  /** Whether topics, group and state of the side run are deleted at the end. */
  readonly drop: boolean;
}

export interface BesideContext {
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly contracts: readonly Contract[];
  /** Told how many records are left, now and then. */
  onProgress(left: number): void;
}

/** Of the differences, of each output. */
const SHOWN = 5;

/** Rejects with `kafka.refused` while another run of that suffix goes on, and with `transform.beside-failed`. */
export const replayBeside = async (
  live: Transform,
  { project, suffix, fromMs, drop }: BesideReplay,
  context: BesideContext,
): Promise<readonly ResultDifferences[]> => {
  const { admin, contracts, connection } = context;
  const contractOf = (id: string) => contracts.find((contract) => contract.id === id)!;
  const side = besideTransform(live, suffix, (id) => contractOf(id).topic.name);
  const outputs = outputsOf(live, suffix, contractOf);
  await forget(side, outputs, context);
  const ends = await endsOfSources(admin, live, contracts);
  if (fromMs !== undefined) {
    await beginAt(admin, transformGroup(side.name), streamTopics(live, contracts), fromMs);
  }
  await runBeside({ project, transform: live.name, suffix }, async (wait) => {
    await catchUp(admin, side, ends, async (left) => {
      context.onProgress(left);
      await wait();
    });
  });
  const differences: ResultDifferences[] = [];
  for (const { topic, sideTopic, contract } of outputs) {
    const [{ partitions } = { partitions: 0 }] = await admin.describeTopics([topic]);
    differences.push(
      compareResults(
        await readResults(connection, topic, partitions),
        await readResults(connection, sideTopic, partitions),
        contract,
        SHOWN,
      ),
    );
  }
  if (drop) await forget(side, outputs, context);
  return differences;
};

interface Output {
  readonly topic: string;
  readonly sideTopic: string;
  readonly contract: Contract;
}

const outputsOf = (
  { graph }: Transform,
  suffix: string,
  contractOf: (id: string) => Contract,
): readonly Output[] => {
  const sinks = graph.nodes.filter((node): node is SinkNode => node.kind === 'sink');
  const byTopic = new Map(
    sinks.map((node) => {
      const contract = contractOf(node.contract);
      const topic = node.topic ?? contract.topic.name;
      return [topic, { topic, sideTopic: besideTopic(topic, suffix), contract }];
    }),
  );
  return [...byTopic.values()];
};

/** Deletes group, state and topics of a side run; there may be none. */
const forget = async (
  side: Transform,
  outputs: readonly Output[],
  { admin, connection }: BesideContext,
): Promise<void> => {
  await applyReset(admin, await planReset(connection, admin, side, 'forget'));
  const topics = await admin.describeTopics(outputs.map(({ sideTopic }) => sideTopic));
  await admin.deleteTopics(topics.map(({ name }) => name));
  if ((await admin.describeTopics([transformsTopic])).length === 0) return;
  const producer = createProducer(connection);
  try {
    const records = [{ key: Buffer.from(side.name), value: null }];
    await producer.send([{ topic: transformsTopic, partition: 0, records }]);
  } finally {
    await producer.close();
  }
};
