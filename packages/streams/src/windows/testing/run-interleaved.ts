import { type Flow, NO_WATERMARK } from '../../flow.ts';
import type { RepartitionNode } from '../../graph/graph.ts';
import { type RunningStage, startStage } from '../../graph/running-stage.ts';
import { cutIntoStages, type Stage, type StageOutput } from '../../graph/stages.ts';
import type { Transform } from '../../transform.ts';
import { createOriginClock } from '../../watermarks/origin-clock.ts';
import { createReopeningStores } from './reopening-stores.ts';

export interface TimedValue {
  readonly timeMs: number;
  readonly value: unknown;
}

/** Two stages on several partitions, as they run on Kafka, in one of the orders in which they might. */
export interface Interleaving {
  /** The records of each partition of the source, in order. */
  readonly partitions: readonly (readonly TimedValue[])[];
  readonly targets: number;
  readonly disorderMs: number;
  /** Decides, step by step, who goes on and what it does; any whole numbers. */
  readonly steps: readonly number[];
}

export interface Interleaved {
  /** What each target partition handed on, in order, as text. */
  readonly results: readonly (readonly string[])[];
  readonly late: number;
  /** Entries left in stores when everything has closed. */
  readonly left: number;
}

const END_OF_TIME = 1e14;

type Message = { readonly flow: Flow } | { readonly sender: number; readonly watermarkMs: number };

/** Runs a transform of two stages, a repartition between them, until everything has closed. */
export const runInterleaved = (transform: Transform, interleaving: Interleaving): Interleaved => {
  const { partitions, targets, disorderMs, steps } = interleaving;
  const [first, second] = cutIntoStages(transform.graph) as [Stage, Stage];
  const topics: Message[][] = Array.from({ length: targets }, () => []);
  let late = 0;
  const countLate = (): void => {
    late += 1;
  };
  const senders = partitions.map((records, sender) =>
    createSender(first, records, { sender, disorderMs, topics, countLate }),
  );
  const receivers = topics.map((topic) => createReceiver(second, topic, senders.length));
  const parts = [...senders, ...receivers];
  for (const step of steps) parts[Math.abs(step) % parts.length]!.go(Math.abs(step));
  for (const sender of senders) sender.finish();
  for (const receiver of receivers) receiver.finish();
  return {
    results: receivers.map(({ results }) => results),
    late,
    left: receivers.reduce((sum, receiver) => sum + receiver.left(), 0),
  };
};

interface Sending {
  readonly sender: number;
  readonly disorderMs: number;
  readonly topics: readonly Message[][];
  countLate(): void;
}

const createSender = (stage: Stage, records: readonly TimedValue[], sending: Sending) => {
  const { sender, topics } = sending;
  const clock = createOriginClock(sending.disorderMs);
  const uncommitted: { target: number; message: Message }[] = [];
  let at = 0;
  const running = startStage(stage, {
    ...unusedHost,
    stores: createReopeningStores(),
    late: sending.countLate,
    output(node: StageOutput, flow: Flow) {
      const { codec } = node as RepartitionNode;
      const value = codec === undefined ? flow.value : codec.decode(codec.encode(flow.value));
      const target = (flow.key!.codePointAt(0) ?? 0) % topics.length;
      uncommitted.push({ target, message: { flow: { ...flow, value } } });
    },
  });

  const read = (count: number): void => {
    for (const { timeMs, value } of records.slice(at, at + count)) {
      const watermarkMs = clock.see(timeMs);
      running.push(0, { key: null, value, timeMs, watermarkMs });
      running.advance(clock.watermarkMs());
    }
    at += count;
  };

  const commit = (watermarkMs: number): void => {
    running.flush();
    for (const { target, message } of uncommitted.splice(0)) topics[target]!.push(message);
    for (const topic of topics) topic.push({ sender, watermarkMs });
  };

  return {
    go(step: number) {
      read(1 + (step % 5));
      if (step % 3 === 0) commit(clock.watermarkMs());
    },
    finish() {
      read(records.length - Math.min(at, records.length));
      commit(clock.watermarkMs());
      commit(END_OF_TIME);
    },
  };
};

const createReceiver = (stage: Stage, topic: readonly Message[], senders: number) => {
  const stores = createReopeningStores();
  const results: string[] = [];
  const watermarks = Array.from({ length: senders }, () => NO_WATERMARK);
  const host = {
    ...unusedHost,
    stores,
    nowMs: () => at,
    output: (_node: StageOutput, { key, value, timeMs }: Flow) =>
      void results.push(JSON.stringify([key, value, timeMs])),
  };
  let at = 0;
  let running: RunningStage = startStage(stage, host);

  const read = (count: number): void => {
    for (const message of topic.slice(at, at + count)) {
      if ('flow' in message) running.push(0, message.flow);
      else watermarks[message.sender] = message.watermarkMs;
      running.advance(Math.min(...watermarks));
      at += 1;
    }
  };

  return {
    results,
    left: () => stores.size,
    go(step: number) {
      read(1 + (step % 7));
      if (step % 2 === 0) running.flush();
      if (step % 6 !== 0) return;
      stores.reopen();
      running = startStage(stage, host);
      running.advance(Math.min(...watermarks));
    },
    finish() {
      read(topic.length);
      running.flush();
    },
  };
};

const unusedHost = {
  globalTable: () => {
    throw new Error('there is no global table here');
  },
  late: () => undefined,
  skipped(operator: string, reason: string) {
    throw new Error(`${operator} left out a record: ${reason}`);
  },
  rejected: () => undefined,
  failed(_record: unknown, error: Error) {
    throw error;
  },
  nowMs: () => 0,
};
