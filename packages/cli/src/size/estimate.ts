/**
 * From what is to flow to what has to stand there: cores, memory, disks, partitions, instances. Pure arithmetic over
 * measured costs (measured-costs.ts); it knows nothing of a running system.
 */
import { measured } from './measured-costs.ts';

/** What is to flow. Rates are means; `peak` says how much more there is in the busiest hour. */
export interface Demand {
  readonly eventsPerSecond: number;
  /** Of an event as JSON. */
  readonly bytesPerEvent: number;
  /** Events a request; 1 is the dearest there is. */
  readonly eventsPerRequest: number;
  readonly changesPerSecond: number;
  /** Streams with a table, changes among them. */
  readonly streams: number;
  readonly transforms: number;
  /** Results that a transform writes, as a share of the events that it reads. */
  readonly results: number;
  /** Keys that transforms hold, all together. */
  readonly stateKeys: number;
  readonly kafkaDays: number;
  readonly warehouseDays: number;
  readonly replication: number;
  readonly replicas: number;
  readonly peak: number;
  /** Share of a core that may be busy at the peak; the rest is for restarts and catching up. */
  readonly utilisation: number;
  /** Cores of one machine or pod of each kind, at most: what does not fit makes a further instance. */
  readonly coresPerInstance: number;
}

export interface PartSize {
  readonly part: string;
  readonly instances: number;
  /** Of one instance. */
  readonly cores: number;
  readonly memoryMb: number;
  /** Of all instances, GB of 10^9 bytes. */
  readonly diskGb: number;
}

export interface Sizing {
  readonly parts: readonly PartSize[];
  readonly partitionsPerStream: number;
  readonly totals: { readonly cores: number; readonly memoryGb: number; readonly diskGb: number };
  /** What this answer cannot vouch for. */
  readonly warnings: readonly string[];
}

export interface Prices {
  readonly coreMonth: number;
  readonly memoryGbMonth: number;
  readonly diskGbMonth: number;
}

const DAY_S = 86_400;
const MICRO = 1e-6;
/** Less than this is not to be had of an orchestrator in a useful way. */
const CORES_LEAST = 0.25;
/** Two of each, so that one can go. */
const INSTANCES_LEAST = 2;
/** Least free share of a disk: Kafka deletes by whole segments, ClickHouse writes a merge beside its parts. */
const DISK_ROOM = 1.4;
/** What one partition carries through every hop with room to spare: an eighth of what one sink lands on one core. */
const EVENTS_PER_PARTITION = 50_000;

/** Sizes every part for `demand`; throws a RangeError for a demand that cannot be meant. */
export function estimate(demand: Demand): Sizing {
  for (const [name, value] of Object.entries(demand))
    if (!Number.isFinite(value) || value < 0) throw new RangeError(`${name} is ${value}.`);
  if (demand.utilisation === 0 || demand.utilisation > 1)
    throw new RangeError(`utilisation is ${demand.utilisation}: above 0, up to 1.`);
  const { eventsPerSecond, changesPerSecond, peak } = demand;
  const [events, changes] = [eventsPerSecond * peak, changesPerSecond * peak];
  const derived = events * demand.transforms * demand.results;
  const landed = events + changes + derived;
  const partitionsPerStream = Math.max(
    4,
    powerOfTwo(landed / Math.max(1, demand.streams) / EVENTS_PER_PARTITION),
  );
  const parts = [
    ingest(demand, events),
    ...(changes > 0 ? [cdc(demand, changes)] : []),
    ...(demand.transforms > 0 ? [streamTransform(demand, events)] : []),
    sink(demand, landed, partitionsPerStream),
    kafka(demand, landed),
    clickhouse(demand, landed, partitionsPerStream),
  ];
  const sum = (of: (part: PartSize) => number) => parts.reduce((all, part) => all + of(part), 0);
  return {
    ...{ parts, partitionsPerStream },
    totals: {
      cores: sum(({ instances, cores }) => instances * cores),
      memoryGb: sum(({ instances, memoryMb }) => (instances * memoryMb) / 1_000),
      diskGb: sum(({ diskGb }) => diskGb),
    },
    warnings: warningsOf(demand, changes, landed),
  };
}

/** What it costs a month, in the unit of the prices. */
export const costPerMonth = ({ totals }: Sizing, prices: Prices): number =>
  totals.cores * prices.coreMonth +
  totals.memoryGb * prices.memoryGbMonth +
  totals.diskGb * prices.diskGbMonth;

/** Spreads busy cores over instances, so that all but one carry it: a restart takes one away. */
const spread = (
  part: string,
  busyCores: number,
  { utilisation, coresPerInstance }: Demand,
  {
    memoryMb,
    diskGb = 0,
    least = INSTANCES_LEAST,
    most = Number.POSITIVE_INFINITY,
    coresMost = coresPerInstance,
  }: {
    memoryMb: number;
    diskGb?: number;
    least?: number;
    most?: number;
    coresMost?: number;
  },
): PartSize => {
  const needed = busyCores / utilisation;
  const instances = Math.min(most, Math.max(least, Math.ceil(needed / coresMost) + 1));
  const share = needed / Math.max(1, instances - 1);
  const cores = Math.max(CORES_LEAST, Math.ceil(share * 4) / 4);
  return { part, instances, cores, memoryMb, diskGb };
};

const ingest = (demand: Demand, events: number): PartSize => {
  const { requestUs, eventUs, memoryMb } = measured.ingest;
  const perEventUs = eventUs + requestUs / Math.max(1, demand.eventsPerRequest);
  // Its main thread is one core.
  return spread('ingest', events * perEventUs * MICRO, demand, { memoryMb, coresMost: 1 });
};

const cdc = (demand: Demand, changes: number): PartSize => {
  const { rowUs, memoryMb } = measured.cdc;
  const cores = Math.max(
    CORES_LEAST,
    Math.ceil(((changes * rowUs * MICRO) / demand.utilisation) * 4) / 4,
  );
  // One captures; the other waits for it to go.
  return { part: 'cdc', instances: 2, cores, memoryMb, diskGb: 0 };
};

const streamTransform = (demand: Demand, events: number): PartSize => {
  const { eventUs, memoryMb, bytesPerKey } = measured.streamTransform;
  const busy = events * demand.transforms * eventUs * MICRO;
  const stateGb = (demand.stateKeys * bytesPerKey) / 1e9;
  const part = spread('stream-transform', busy, demand, { memoryMb, coresMost: 1 });
  // The kernel keeps the state's pages in memory as far as there is room: half of them is comfortable.
  const pagesMb = (stateGb * 1_000) / 2 / Math.max(1, part.instances - 1);
  return {
    ...part,
    memoryMb: Math.ceil((memoryMb + pagesMb) / 64) * 64,
    // A copy that works and one that stands by.
    diskGb: round(stateGb * 2 * DISK_ROOM),
  };
};

const sink = (demand: Demand, landed: number, partitions: number): PartSize => {
  const { rowUs, insertUs, memoryMb } = measured.sink;
  const busy =
    landed * rowUs * MICRO + insertsPerSecond(demand, landed, partitions) * insertUs * MICRO;
  return spread('sink', busy, demand, { memoryMb, coresMost: 1 });
};

const kafka = (demand: Demand, landed: number): PartSize => {
  const { writtenUs, readUs, overheadBytes, memoryMb } = measured.kafka;
  const { replication, kafkaDays, peak, bytesPerEvent, stateKeys, transforms } = demand;
  const recordBytes = bytesPerEvent * measured.avroShareOfJson + overheadBytes;
  const perDay = (landed / peak) * DAY_S * recordBytes;
  const changelog = stateKeys * measured.streamTransform.bytesPerKey;
  // Each record is read by the sink, by transforms, and by every further replica, which writes it again.
  const recordUs = writtenUs * replication + readUs * (replication + transforms);
  return spread('kafka broker', landed * recordUs * MICRO, demand, {
    memoryMb,
    least: Math.max(3, replication),
    diskGb: round(((perDay * kafkaDays + changelog) * replication * DISK_ROOM) / 1e9),
  });
};

const clickhouse = (demand: Demand, landed: number, partitions: number): PartSize => {
  const { rowUs, insertUs, mergeFactor, memoryMb } = measured.clickhouse;
  const inserts = insertsPerSecond(demand, landed, partitions);
  // Every replica does it all.
  const busy = landed * rowUs * mergeFactor * MICRO + inserts * insertUs * MICRO;
  const rowBytes = demand.bytesPerEvent * measured.rowShareOfJson;
  const perDay = (landed / demand.peak) * DAY_S * rowBytes;
  const needed = busy / demand.utilisation;
  const shards = Math.max(1, Math.ceil(needed / demand.coresPerInstance));
  return {
    part: 'clickhouse',
    instances: shards * Math.max(1, demand.replicas),
    cores: Math.max(2, Math.ceil(needed / shards)),
    memoryMb,
    diskGb: round((perDay * demand.warehouseDays * Math.max(1, demand.replicas) * DISK_ROOM) / 1e9),
  };
};

/** A partition is inserted when a record has waited 25 ms; a table takes 50 inserts a second. */
const insertsPerSecond = ({ streams }: Demand, landed: number, partitions: number): number =>
  Math.min(landed, streams * Math.min(50, partitions * 40));

const warningsOf = (demand: Demand, changes: number, landed: number): readonly string[] => {
  const warnings: string[] = [];
  if (changes > measured.cdc.rowsPerSecondMax)
    warnings.push(
      `${Math.round(changes)} row changes a second at the peak are more than one capture reads (${measured.cdc.rowsPerSecondMax}): split the tables over several sources.`,
    );
  if (landed > 400_000)
    warnings.push(
      'Nothing beyond one machine was measured: rates above 400,000 records a second are these costs multiplied, and assume that they add up.',
    );
  if (demand.replication < 3)
    warnings.push(
      `With ${demand.replication} replicas of a topic, acks=all does not outlive a lost disk.`,
    );
  return warnings;
};

const powerOfTwo = (least: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, least)));
const round = (value: number): number => Math.ceil(value * 10) / 10;
