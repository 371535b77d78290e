/**
 * What joins and the other operators that keep records by key cost alone, behind their repartitions, without Kafka or
 * stores on disk: CPU per record, and the heap that they hold. Run:
 * node --expose-gc tests/bench/streams-operators/keyed-operators.ts [records] [part of a name]
 */
import {
  cutIntoStages,
  type KeyedStream,
  keyedState,
  type Sources,
  type Stream,
  startStage,
  transform,
} from '@millrace/streams';
import { memoryStores } from './memory-stores.ts';

const records = Number(process.argv[2] ?? 1_000_000);
const wanted = process.argv[3] ?? '';

interface Entry {
  readonly id: number;
}

const RECORDS_PER_MS = 10;
const RECORDS_PER_ADVANCE = 500;
const START_MS = 1_700_000_000_000;

type Build = (
  one: KeyedStream<Entry>,
  other: () => KeyedStream<Entry>,
) => Pick<Stream<never>, 'place'>;

interface Candidate {
  readonly name: string;
  /** Of the keys, each as often as the others. */
  readonly keys: number;
  readonly build: Build;
}

const pair = (left: Entry | null, right: Entry | null) => [left?.id, right?.id];
const candidates: readonly Candidate[] = [
  {
    name: 'join within 10 s, few with a partner',
    keys: 100_000,
    build: (one, other) => one.join(other(), { within: '5 s' }, pair),
  },
  {
    name: 'left join within 10 s, few with a partner',
    keys: 100_000,
    build: (one, other) => one.leftJoin(other(), { within: '5 s' }, pair),
  },
  {
    name: 'outer join within 10 s, hardly any partner',
    keys: 1_000_000,
    build: (one, other) => one.outerJoin(other(), { within: '5 s' }, pair),
  },
  {
    name: 'join with a table',
    keys: 100_000,
    build: (one, other) => one.join(other().toTable(), pair),
  },
  {
    name: 'join with a table, grace 1 s',
    keys: 100_000,
    build: (one, other) => one.leftJoin(other().toTable(), pair, { grace: '1 s' }),
  },
  {
    name: 'deduplicate within 10 s, half repeats',
    keys: 200_000,
    build: (one) => one.deduplicate({ within: '10 s' }),
  },
  { name: 'in order, grace 1 s', keys: 100_000, build: (one) => one.inOrder({ grace: '1 s' }) },
  {
    name: 'process with a count and a timer',
    keys: 100_000,
    build: (one) =>
      one.process({
        stores: { count: keyedState<number>('count:v1') },
        onRecord(_entry, { key, timeMs, stores, schedule }) {
          const count = stores.count.get(key) ?? 0;
          if (count === 0) schedule(timeMs + 1_000);
          stores.count.set(key, count + 1);
          return undefined;
        },
        onTimer(_name, { key, stores }) {
          const count = stores.count.get(key)!;
          stores.count.delete(key);
          return [count];
        },
      }),
  },
];

const stageOf = (build: Build) => {
  const { graph } = transform('bench', ({ from }: Sources) => {
    const keyed = (name: string) => {
      const source = from(name as never) as unknown as Stream<Entry>;
      return source.keyBy(({ id }) => id);
    };
    const { graph, output } = build(keyed('one'), () => keyed('other')).place;
    graph.sink(output, 'results');
  });
  return cutIntoStages(graph).find(({ inputs }) =>
    inputs.some(({ kind }) => kind === 'repartition'),
  )!;
};

const heapMb = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

for (const { name, keys, build } of candidates.filter((one) => one.name.includes(wanted))) {
  const stage = stageOf(build);
  const before = heapMb();
  let results = 0;
  const unused = (): never => {
    throw new TypeError('not for a bench');
  };
  const running = startStage(stage, {
    stores: memoryStores(),
    output: () => {
      results += 1;
    },
    skipped: () => undefined,
    late: unused,
    rejected: unused,
    failed: unused,
    globalTable: unused,
    nowMs: () => 0,
  });
  const started = process.cpuUsage();
  for (let at = 0; at < records; at += 1) {
    const timeMs = START_MS + Math.floor(at / RECORDS_PER_MS);
    const id = Math.imul(at ^ (at >>> 7), 0x2c1b3c6d) >>> 7;
    const flow = { key: String(id % keys), value: { id }, timeMs, watermarkMs: timeMs };
    running.push(at % stage.inputs.length, flow);
    if (at % RECORDS_PER_ADVANCE === 0) running.advance(timeMs);
  }
  const { user, system } = process.cpuUsage(started);
  const cost = Math.round(((user + system) * 1_000) / records);
  const heap = Math.round(heapMb() - before);
  console.log(`${name}: ${cost} ns a record, ${results} results, ${heap} MiB held`);
  running.advance(START_MS + records);
}
