/**
 * What the operators of transforms cost alone, without Kafka or stores on disk: CPU per record of every kind of
 * window, emission and fold, both stages together; as records that change partition, and combined before. Run: node
 * tests/bench/streams-operators/run.ts [records] [keys] [part of a name]
 */
import {
  collect,
  count,
  counting,
  cutIntoStages,
  distinct,
  distinctEstimate,
  type Emission,
  every,
  type Flow,
  type Folds,
  first,
  hopping,
  last,
  max,
  maxBy,
  mean,
  quantiles,
  type RunningStage,
  type StageInput,
  type StageOutput,
  type Stream,
  session,
  sliding,
  startStage,
  sum,
  tDigest,
  topN,
  transform,
  tumbling,
  type WindowKind,
} from '@millrace/streams';
import { memoryStores } from './memory-stores.ts';

const records = Number(process.argv[2] ?? 1_000_000);
const keys = Number(process.argv[3] ?? 1_000);
const wanted = process.argv[4] ?? '';

interface Bid {
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
}

/** Bids of auctions in no order, the same in every run; 10 of them a millisecond of event time. */
const pool: readonly Bid[] = Array.from({ length: 4_096 }, (_one, at) => {
  const random = Math.imul(at ^ (at >>> 15), 0x2c1b3c6d) >>> 0;
  return { auction: random % keys, bidder: random % 9_973, price: random % 10_007 };
});
const RECORDS_PER_MS = 10;
const RECORDS_PER_ADVANCE = 500;
const RECORDS_PER_COMMIT = 5_000;

const price = ({ price }: Bid) => price;
const bidder = ({ bidder }: Bid) => bidder;

interface Candidate {
  readonly name: string;
  readonly window?: WindowKind;
  readonly folds: Folds<Bid>;
  readonly emit?: Emission;
}

const bids = { bids: count<Bid>() };
const tenSeconds = tumbling('10 s');
const candidates: readonly Candidate[] = [
  { name: 'tumbling 10 s, count', window: tenSeconds, folds: bids },
  { name: 'tumbling 10 s, count, update', window: tenSeconds, folds: bids, emit: 'update' },
  { name: 'tumbling 10 s, count, every 1 s', window: tenSeconds, folds: bids, emit: every('1 s') },
  {
    name: 'hopping 10 s / 2 s, count',
    window: hopping({ size: '10 s', advance: '2 s' }),
    folds: bids,
  },
  {
    name: 'hopping 10 s / 2 s, count, update',
    window: hopping({ size: '10 s', advance: '2 s' }),
    folds: bids,
    emit: 'update',
  },
  {
    name: 'hopping 60 s / 1 s, count',
    window: hopping({ size: '60 s', advance: '1 s' }),
    folds: bids,
  },
  { name: 'session 1 s, count', window: session({ gap: '1 s' }), folds: bids },
  {
    name: 'session 1 s, count, update',
    window: session({ gap: '1 s' }),
    folds: bids,
    emit: 'update',
  },
  { name: 'sliding 1 s, count', window: sliding({ difference: '1 s' }), folds: bids },
  { name: 'counting 10, count', window: counting({ size: 10 }), folds: bids },
  { name: 'no window, count', folds: bids, emit: 'update' },
  { name: 'tumbling, sum of integers', window: tenSeconds, folds: { sum: sum(price) } },
  {
    name: 'tumbling, sum of fractions',
    window: tenSeconds,
    folds: { sum: sum((bid: Bid) => bid.price / 7) },
  },
  { name: 'tumbling, mean', window: tenSeconds, folds: { mean: mean(price) } },
  { name: 'tumbling, max', window: tenSeconds, folds: { max: max(price) } },
  {
    name: 'tumbling, count, sum, mean, max',
    window: tenSeconds,
    folds: { ...bids, sum: sum(price), mean: mean(price), max: max(price) },
  },
  { name: 'tumbling, maxBy', window: tenSeconds, folds: { best: maxBy(price) } },
  { name: 'tumbling, topN 10', window: tenSeconds, folds: { top: topN(10, price) } },
  {
    name: 'tumbling, first and last',
    window: tenSeconds,
    folds: { one: first(price), other: last(price) },
  },
  {
    name: 'tumbling, collect 10',
    window: tenSeconds,
    folds: { prices: collect(price, { max: 10 }) },
  },
  { name: 'tumbling, distinct', window: tenSeconds, folds: { bidders: distinct(bidder) } },
  {
    name: 'tumbling, distinctEstimate',
    window: tumbling('100 s'),
    folds: { bidders: distinctEstimate(bidder) },
  },
  {
    name: 'tumbling, quantiles',
    window: tenSeconds,
    folds: { prices: quantiles([0.5, 0.99], price) },
  },
  { name: 'tumbling, tDigest', window: tenSeconds, folds: { prices: tDigest([0.5, 0.99], price) } },
];

/** The same folds, which then are never combined before the repartition. */
const uncombined = (folds: Folds<Bid>): Folds<Bid> =>
  Object.fromEntries(
    Object.entries(folds).map(([name, fold]) => [name, { ...fold, exact: false }]),
  );

const transformOf = ({ window, folds, emit }: Candidate, combine: boolean) =>
  transform('bench', ({ from }) => {
    const keyed = (from('bids' as never) as unknown as Stream<Bid>).keyBy(({ auction }) => auction);
    const of = combine ? folds : uncombined(folds);
    const options = emit === undefined ? {} : { emit };
    if (window === undefined) keyed.aggregate(of).to('results' as never);
    else
      keyed
        .window(window)
        .aggregate(of, options)
        .to('results' as never);
  });

interface Measured {
  readonly nsPerRecord: number;
  readonly moved: number;
  readonly results: number;
}

const run = (candidate: Candidate, combine: boolean): Measured => {
  const stages = cutIntoStages(transformOf(candidate, combine).graph);
  let nowMs = 0;
  let moved = 0;
  let results = 0;
  let second: RunningStage | undefined;
  const start = (index: number, output: (node: StageOutput, flow: Flow) => void) =>
    startStage(stages[index]!, {
      stores: memoryStores(),
      output,
      globalTable: () => memoryStores().keyed({ name: 'none', kind: 'keyed', shape: 'v1' }),
      late: () => undefined,
      skipped: () => undefined,
      rejected: () => undefined,
      failed: (_record, error) => {
        throw error;
      },
      nowMs: () => nowMs,
    });
  const first = start(0, (node, flow) => {
    moved += 1;
    second!.push(0, passed(node as StageOutput & StageInput, flow));
  });
  second = start(1, () => {
    results += 1;
  });

  const before = process.cpuUsage();
  for (let at = 0; at < records; at += 1) {
    const timeMs = Math.floor(at / RECORDS_PER_MS);
    const value = pool[(at * 40_503) & 4_095];
    first.push(0, { key: null, value, timeMs, watermarkMs: timeMs - 1 });
    if (at % RECORDS_PER_ADVANCE === 0) first.advance(timeMs - 1);
    if (at % RECORDS_PER_COMMIT !== RECORDS_PER_COMMIT - 1) continue;
    nowMs = timeMs;
    first.flush();
    second.advance(timeMs - 1);
    second.tick(nowMs);
    second.flush();
  }
  const { user, system } = process.cpuUsage(before);
  return { nsPerRecord: ((user + system) * 1000) / records, moved, results };
};

/** Partial results change partition as bytes. */
const passed = (node: StageOutput & StageInput, flow: Flow): Flow => {
  if (node.kind !== 'repartition' || node.codec === undefined) return flow;
  return { ...flow, value: node.codec.decode(node.codec.encode(flow.value)) };
};

const chosen = candidates.filter(({ name }) => name.includes(wanted));
for (const candidate of chosen) run(candidate, true);
console.info('CPU ns per record, both stages; what changes partition, and results, per record');
for (const candidate of chosen) {
  const plain = run(candidate, false);
  const combined = run(candidate, true);
  const shown = [plain, combined].map(
    ({ nsPerRecord, moved, results }) =>
      `${nsPerRecord.toFixed(0).padStart(6)} ns ${(moved / records).toFixed(3)} → ${(results / records).toFixed(3)}`,
  );
  console.info(`${candidate.name.padEnd(36)} records ${shown[0]}   combined ${shown[1]}`);
}
