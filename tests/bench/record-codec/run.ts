/**
 * What a record costs to read and to write: Nexmark's bids, packed as in a fetched batch, by the record codec and
 * by avsc with exact longs. CPU of this process, the least of five rounds. Run: node tests/bench/record-codec/run.ts
 */
import { readFileSync } from 'node:fs';
import {
  compileReader,
  compileRecordReader,
  compileRecordWriter,
  compileWriter,
  createDatumSlab,
} from '@millrace/avro';
import { round } from '../spread.ts';
import { type Bid, nexmarkEvent } from '../streams-against-kafka-streams/nexmark-events.ts';

const BIDS = 2_000;
const REPEATS = 250;
const ROUNDS = 5;

const path = '../streams-against-kafka-streams/project/schemas/nexmark/bid.avsc';
const schema = readFileSync(new URL(path, import.meta.url), 'utf8');
const write = compileWriter(schema);
const bids: Bid[] = [];
for (let event = 0; bids.length < BIDS; event += 1) {
  const { kind, value } = nexmarkEvent(event);
  if (kind === 'bid') bids.push(value);
}
const datums = bids.map((bid) => write(bid));
const batch = Buffer.concat(datums);
const ends: number[] = [];
for (const { length } of datums) ends.push((ends.at(-1) ?? 0) + length);

/** Nanoseconds of CPU for one of the bids. */
const measure = (what: string, perBid: (index: number) => unknown): void => {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    const before = process.cpuUsage();
    for (let repeat = 0; repeat < REPEATS; repeat += 1) {
      for (let index = 0; index < BIDS; index += 1) perBid(index);
    }
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, ((user + system) * 1_000) / (REPEATS * BIDS));
  }
  console.log(`${what}: ${round(least)} ns`);
};

const startOf = (index: number): number => (index === 0 ? 0 : ends[index - 1]!);
const [readAll, readTwo] = [undefined, ['auction', 'price']].map((fields) =>
  compileRecordReader(schema, fields === undefined ? {} : { fields }),
);
const readSlowly = compileReader(schema);
const writeRecord = compileRecordWriter(schema);
const slab = createDatumSlab();

console.log(`${BIDS} bids of ${round(batch.length / BIDS)} bytes`);
measure('read, all fields', (index) => readAll!(batch, startOf(index), ends[index]!));
measure('read, two fields', (index) => readTwo!(batch, startOf(index), ends[index]!));
measure('read, avsc', (index) => readSlowly(batch.subarray(startOf(index), ends[index]!)));
measure('write into a slab', (index) => slab.write(1, writeRecord, bids[index]!));
measure('write, avsc', (index) => write(bids[index]!));
