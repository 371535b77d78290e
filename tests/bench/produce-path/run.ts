/**
 * What a message costs on its way to Kafka and back: ours, kafkajs as shipped and @platformatic/kafka against
 * the same broker in the same run, alternating. See README.md.
 *
 *   node tests/bench/produce-path/run.ts [messages] [rounds]
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { startStack } from '@millrace/stack';

const messages = Number(process.argv[2] ?? 400_000);
const rounds = Number(process.argv[3] ?? 3);
const PARTITIONS = 4;
const measureOne = new URL('./measure-one.ts', import.meta.url).pathname;
const run = promisify(execFile);

interface Measurement {
  readonly cpuMicrosPerMessage: number;
  readonly perSecond: number;
  readonly rssMiB: number;
}

const spread = (values: readonly number[], digits: number): string => {
  const sorted = [...values].sort((a, b) => a - b);
  const [min, median, max] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return [min, median, max].map((one) => one!.toFixed(digits)).join(' / ');
};

const print = (name: string, results: readonly Measurement[]) => {
  const cpu = spread(
    results.map((one) => one.cpuMicrosPerMessage),
    2,
  );
  const rate = spread(
    results.map((one) => one.perSecond / 1_000),
    0,
  );
  const rss = spread(
    results.map((one) => one.rssMiB),
    0,
  );
  console.log(`${name.padEnd(34)}${cpu.padEnd(24)}${rate.padEnd(22)}${rss}`);
};

const given = process.env['MILLRACE_KAFKA_BROKERS'];
const stack = given === undefined ? await startStack({ backend: 'embedded' }) : undefined;
const brokers = given ?? stack!.endpoints.kafkaBrokers;
const admin = createAdmin({
  brokers: brokers.split(','),
  clientId: 'bench',
  logger: silentLogger,
});

const measure = async (
  what: 'produce' | 'consume',
  way: string,
  topic: string,
  size: number,
): Promise<Measurement> => {
  const spec = { name: topic, partitions: PARTITIONS, replicationFactor: 1, config: {} };
  await admin.createTopics([spec]);
  const args = [measureOne, what, way, brokers, topic, `${size}`, `${messages}`];
  const { stdout } = await run(process.execPath, args);
  return JSON.parse(stdout);
};

try {
  const prefix = `bench-produce-path-${process.pid}`;
  console.log(
    `${messages} messages of 120 bytes, ${rounds} rounds: min / median / max\n` +
      `${''.padEnd(34)}${'CPU us per message'.padEnd(24)}${'1,000 messages/s'.padEnd(22)}RSS MiB`,
  );
  for (const size of [500, 5_000]) {
    const results = new Map<string, Measurement[]>();
    for (let round = 0; round < rounds; round += 1) {
      for (const way of ['millrace', 'kafkajs', 'platformatic']) {
        const topic = `${prefix}-${way}-${size}-${round}`;
        const result = await measure('produce', way, topic, size);
        results.set(way, [...(results.get(way) ?? []), result]);
        if (way !== 'millrace' || size !== 5_000 || round > 0) await admin.deleteTopics([topic]);
      }
    }
    for (const [way, measured] of results) print(`produce, ${size} a send: ${way}`, measured);
  }
  const filled = `${prefix}-millrace-5000-0`;
  const consumed: Measurement[] = [];
  for (let round = 0; round < rounds; round += 1) {
    consumed.push(await measure('consume', 'millrace', filled, 0));
  }
  print('consume: millrace', consumed);
  await admin.deleteTopics([filled]);
} finally {
  await admin.close();
  await stack?.stop();
}
