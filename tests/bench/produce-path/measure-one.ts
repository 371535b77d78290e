/**
 * One way, one size, in a process of its own, so that CPU time is the client's alone and kafkajs is
 * measured as shipped. Prints one line of JSON. Called by run.ts.
 */
import { createGroupConsumer } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { produceWays } from './produce-ways.ts';

const [what, wayName, brokerList, topic, sizeText, messagesText] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string,
];
const brokers = brokerList.split(',');
const messages = Number(messagesText);
const PARTITIONS = 4;

const report = (count: number, startedAt: number, cpu: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(cpu);
  const wallSeconds = (performance.now() - startedAt) / 1_000;
  const cpuMicrosPerMessage = (user + system) / count;
  const rssMiB = process.memoryUsage.rss() / 1024 / 1024;
  const perSecond = count / wallSeconds;
  console.log(JSON.stringify({ cpuMicrosPerMessage, perSecond, rssMiB }));
};

const produce = async () => {
  const messagesPerSend = Number(sizeText);
  const way = await produceWays[wayName]!({
    brokers,
    topic,
    partitions: PARTITIONS,
    messagesPerSend,
  });
  const sendAll = async (count: number) => {
    for (let left = count; left > 0; left -= messagesPerSend) await way.send();
  };
  await sendAll(messages / 4); // compiles and warms both sides; not counted
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await sendAll(messages);
  report(messages, startedAt, cpu);
  await way.close();
};

const consume = async () => {
  const consumer = createGroupConsumer(
    { brokers, clientId: 'bench', logger: silentLogger },
    { groupId: `${topic}-${process.pid}`, topics: [topic] },
  );
  const warmUp = messages / 4;
  const { promise, resolve } = Promise.withResolvers<void>();
  let cpu = process.cpuUsage();
  let startedAt = 0;
  let read = 0;
  let counted = 0;
  consumer
    .run({
      assigned: async () => undefined,
      revoked: () => undefined,
      batch({ records }) {
        read += records.length;
        if (startedAt > 0) counted += records.length;
        else if (read >= warmUp) {
          startedAt = performance.now();
          cpu = process.cpuUsage();
        }
        if (read >= messages) resolve();
      },
    })
    .catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  await promise;
  report(counted, startedAt, cpu);
  await consumer.close();
};

await (what === 'produce' ? produce() : consume());
process.exit(0);
