/**
 * `millrace size`: what has to stand there for what is to flow, and `millrace size loss`: how late records become when one
 * of several is lost. Asks no server; arithmetic and a model over measured costs.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { print, printJson } from '../contracts/command-output.ts';
import { costPerMonth, type Demand, estimate } from './estimate.ts';
import { type Losable, type LossScenario, recordsAtLoad, simulateLoss } from './loss-model.ts';
import { lossText, sizeText } from './size-text.ts';

const number = (text: string): number => {
  const value = Number(text.replaceAll('_', ''));
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('A number from 0 on is needed.');
};
const count = (text: string): number => {
  const value = number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('A whole number from 1 on is needed.');
};
const share = (text: string): number => {
  const value = number(text);
  if (value >= 1 && value <= 100) return value / 100;
  throw new InvalidArgumentError('A percentage from 1 to 100 is needed.');
};

interface SizeFlags extends Omit<Demand, 'eventsPerSecond' | 'changesPerSecond'> {
  readonly events: number;
  readonly changes: number;
  readonly priceCore?: number;
  readonly priceMemory?: number;
  readonly priceDisk?: number;
  readonly json?: boolean;
}

const size = (flags: SizeFlags): void => {
  const { events, changes, priceCore, priceMemory, priceDisk, json, ...rest } = flags;
  const demand: Demand = { ...rest, eventsPerSecond: events, changesPerSecond: changes };
  const sizing = estimate(demand);
  const isPriced = [priceCore, priceMemory, priceDisk].some((price) => price !== undefined);
  const cost = isPriced
    ? costPerMonth(sizing, {
        coreMonth: priceCore ?? 0,
        memoryGbMonth: priceMemory ?? 0,
        diskGbMonth: priceDisk ?? 0,
      })
    : undefined;
  if (json) printJson({ demand, ...sizing, ...(cost !== undefined && { costPerMonth: cost }) });
  else print(sizeText(sizing, cost));
};

interface LossFlags {
  readonly lose: Losable;
  readonly sinks: number;
  readonly brokers: number;
  readonly shards: number;
  readonly coresPerShard: number;
  readonly partitions: number;
  readonly tables: number;
  readonly load: number;
  readonly outage: number;
  readonly returns: boolean;
  readonly seconds: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** `--json` is an option of `size`, too, which takes it from the line first. */
const loss = (own: LossFlags, command: Command): void => {
  const { load, outage, seconds, json: _own, ...flags } = own;
  const { json } = command.optsWithGlobals<LossFlags>();
  const lossAtMs = 20_000;
  const shape = { ...flags, outageMs: outage * 1_000 };
  const scenario: LossScenario = {
    ...{ ...shape, lossAtMs, durationMs: lossAtMs + seconds * 1_000 },
    recordsPerSecond: recordsAtLoad(load, shape),
  };
  const outcome = simulateLoss(scenario);
  if (json) printJson({ scenario, ...outcome });
  else print(lossText(scenario, outcome));
};

const lossCommand = (): Command =>
  new Command('loss')
    .description('how late records become when one of several is lost under load, by a model')
    .addOption(
      new Option('--lose <what>', 'what is lost')
        .choices(['sink', 'broker', 'shard'])
        .default('sink'),
    )
    .option('--sinks <n>', 'sinks', count, 3)
    .option('--brokers <n>', 'brokers', count, 3)
    .option('--shards <n>', 'shards of ClickHouse', count, 1)
    .option('--cores-per-shard <n>', 'cores of a shard that insert', count, 4)
    .option('--partitions <n>', 'partitions in all', count, 48)
    .option('--tables <n>', 'that share the partitions', count, 6)
    .option('--load <percent>', 'of what sinks and shards can carry', share, 0.5)
    .option(
      '--outage <seconds>',
      'until others have its partitions, or it answers again',
      number,
      10,
    )
    .option('--returns', 'it comes back; else the others go on without it', false)
    .option('--seconds <n>', 'how long to look on after the loss', count, 120)
    .option('--seed <n>', 'of the arrivals', count, 1)
    .option('--json', 'print JSON')
    .action(loss);

/** The command and its `loss`. */
export const sizeCommand = (): Command =>
  new Command('size')
    .description('cores, memory, disks, partitions and instances for what is to flow')
    .option('--events <n>', 'events a second, mean', number, 1_000)
    .option('--bytes-per-event <n>', 'of an event as JSON', number, 200)
    .option('--events-per-request <n>', 'how producers batch', count, 1)
    .option('--changes <n>', 'row changes a second, mean', number, 0)
    .option('--streams <n>', 'streams with a table', count, 10)
    .option('--transforms <n>', 'transforms that read the events', number, 1)
    .option('--results <percent>', 'results a transform writes, of the events it reads', share, 0.1)
    .option('--state-keys <n>', 'keys that transforms hold', number, 0)
    .option('--kafka-days <n>', 'retention of the topics', number, 7)
    .option('--warehouse-days <n>', 'retention of the tables', number, 365)
    .option('--replication <n>', 'replicas of a topic', count, 3)
    .option('--replicas <n>', 'replicas of a table', count, 2)
    .option('--peak <factor>', 'the busiest hour beside the mean', number, 3)
    .option('--utilisation <percent>', 'of a core that may be busy at the peak', share, 0.6)
    .option('--cores-per-instance <n>', 'of a broker or a ClickHouse, at most', count, 8)
    .option('--price-core <n>', 'of a core a month', number)
    .option('--price-memory <n>', 'of a GB of memory a month', number)
    .option('--price-disk <n>', 'of a GB of disk a month', number)
    .option('--json', 'print JSON')
    .action(size)
    .addCommand(lossCommand());
