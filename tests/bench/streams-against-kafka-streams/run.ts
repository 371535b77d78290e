/**
 * Nexmark's queries on Kafka Streams and on our transforms, turn by turn on the same servers and the same topic:
 *
 *     node tests/bench/streams-against-kafka-streams/run.ts [queries] [runs] [events] [contestants]
 *     node tests/bench/streams-against-kafka-streams/run.ts q5,q11 3 2000000
 *
 * What is measured and how: README.md beside this file. With the platform's variables naming a running stack
 * that one is used; without them a stack is started for the run.
 */
import { startStack } from '@millrace/stack';
import { createCheck } from './check-results.ts';
import { type Contestant, type Query, queries } from './contestant.ts';
import { kafkaStreams } from './kafka-streams.ts';
import { type Figures, measure } from './measure.ts';
import { millrace } from './millrace.ts';
import { printRun, printTable } from './report.ts';
import { createWorld } from './world.ts';

const [queriesText = queries.join(','), runsText = '3', eventsText = '2000000', only = ''] =
  process.argv.slice(2);
const chosen = queriesText.split(',').map((text) => {
  const query = queries.find((one) => one === text);
  if (query === undefined) throw new Error(`${text} is none of ${queries.join(', ')}`);
  return query;
});
const contestants: readonly Contestant[] = [kafkaStreams, millrace].filter(({ name }) =>
  name.toLowerCase().includes(only),
);

const { env } = process;
const stack =
  env['MILLRACE_KAFKA_BROKERS'] === undefined
    ? await startStack({ backend: 'embedded' })
    : undefined;
const endpoints = stack?.endpoints ?? {
  kafkaBrokers: env['MILLRACE_KAFKA_BROKERS'] ?? '',
  registryUrl: env['MILLRACE_REGISTRY_URL'] ?? '',
};
const world = await createWorld(endpoints, Number(eventsText));
const check = createCheck(world);
const runs = new Map<Query, Map<string, Figures[]>>();
try {
  for (let run = 0; run < Number(runsText); run += 1) {
    for (const query of chosen) {
      for (const contestant of contestants) {
        const figures = await measure(contestant, query, world, (running) => check(query, running));
        printRun(query, contestant.name, figures);
        const ofQuery = runs.get(query) ?? new Map<string, Figures[]>();
        runs.set(query, ofQuery);
        ofQuery.set(contestant.name, [...(ofQuery.get(contestant.name) ?? []), figures]);
      }
    }
  }
  printTable(runs);
} finally {
  await world.close();
  await stack?.stop();
}
process.exit(0);
