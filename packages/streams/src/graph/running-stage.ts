import { type Flow, type LateInfo, NO_WATERMARK } from '../flow.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import type { KeyedStore, Stores } from '../stores/store.ts';
import { inputsOf, type OperatorNode, type OutputRef } from './graph.ts';
import type { Stage, StageOutput } from './stages.ts';

/** What a running stage needs of its surroundings: the driver in a test, a task on Kafka. */
export interface StageHost {
  readonly stores: Stores;
  globalTable<V>(source: string): Pick<KeyedStore<V>, 'get' | 'entries' | 'size'>;
  /** A record leaves the stage. */
  output(node: StageOutput, flow: Flow): void;
  /** A record was late, and nothing reads the operator's late output. */
  late(flow: Flow, info: LateInfo): void;
  /** An operator left a record out. */
  skipped(operator: string, reason: string): void;
  nowMs(): number;
}

/** The operators of one stage, wired up, on one partition. */
export interface RunningStage {
  /** Takes a record from the input of this index. What user functions throw comes through. */
  push(input: number, flow: Flow): void;
  /** Event time of the task; ignored when it does not grow. */
  advance(watermarkMs: number): void;
  tick(nowMs: number): void;
  /** Resolves when all asynchronous work has been handed on; undefined when there is none. */
  settle(): Promise<void> | undefined;
  /** Hands on what operators held back for the commit. */
  flush(): void;
  /** The watermark of what leaves by this output: that of the task, less what operators on the way hold back. */
  watermarkOf(output: StageOutput): number;
}

type Receive = (flow: Flow) => void;

const nowhere: Receive = () => undefined;

const toAll = (receivers: readonly Receive[]): Receive => {
  if (receivers.length === 0) return nowhere;
  if (receivers.length === 1) return receivers[0]!;
  return (flow) => {
    for (const receive of receivers) receive(flow);
  };
};

interface Placed {
  readonly node: OperatorNode;
  readonly operator: Operator;
  /** How far its watermark lies behind the task's, ms. */
  readonly behindMs: number;
}

/** Creates every operator of the stage, in order, and connects them. */
export const startStage = (stage: Stage, host: StageHost): RunningStage => {
  let taskWatermarkMs = NO_WATERMARK;
  const delays = delaysOf(stage);
  const behind = (inputs: readonly OutputRef[]): number =>
    Math.max(0, ...inputs.map((input) => delays.get(input.node)!));
  const receivers = new Map<string, Receive[]>();
  const receiversOf = (node: string, port: number): Receive[] => {
    const key = `${node}:${port}`;
    const known = receivers.get(key) ?? [];
    receivers.set(key, known);
    return known;
  };
  /** Wired at the first record: what reads an output is created after it. */
  const outlet = (node: string, port: number): Receive => {
    let wired: Receive | undefined;
    return (flow) => {
      wired ??= toAll(receiversOf(node, port));
      wired(flow);
    };
  };

  const contextOf = (node: OperatorNode, behindMs: number): OperatorContext => {
    const { name, spec } = node;
    const ports = spec.ports ?? ['main'];
    const outlets = ports.map((_port, port) => outlet(name, port));
    const latePort = ports.indexOf('late');
    return {
      keyed: host.stores.keyed,
      timed: host.stores.timed,
      globalTable: host.globalTable,
      nowMs: host.nowMs,
      skip: (reason) => host.skipped(name, reason),
      watermarkMs: () => taskWatermarkMs - behindMs,
      emit: (flow, port = 0) => outlets[port]!(flow),
      late(flow, info) {
        if (latePort < 0 || receiversOf(name, latePort).length === 0) host.late(flow, info);
        else outlets[latePort]!({ ...flow, value: { value: flow.value, ...info } });
      },
    };
  };

  const placed: Placed[] = stage.operators.map((node) => {
    const behindMs = behind(node.inputs);
    const operator = node.spec.create(contextOf(node, behindMs));
    node.inputs.forEach((input, port) => {
      receiversOf(input.node, input.port).push((flow) => operator.process(flow, port));
    });
    return { node, operator, behindMs };
  });
  for (const output of stage.outputs) {
    receiversOf(output.input.node, output.input.port).push((flow) => host.output(output, flow));
  }
  const inlets = stage.inputs.map((input) => outlet(input.name, 0));
  const advancing = placed.filter(({ operator }) => operator.advance !== undefined);
  const ticking = placed.filter(({ operator }) => operator.tick !== undefined);
  const settling = placed.filter(({ operator }) => operator.settle !== undefined);
  const flushing = placed.filter(({ operator }) => operator.flush !== undefined);

  return {
    push: (input, flow) => inlets[input]!(flow),
    advance(watermarkMs) {
      if (watermarkMs <= taskWatermarkMs) return;
      taskWatermarkMs = watermarkMs;
      for (const { operator, behindMs } of advancing) operator.advance!(watermarkMs - behindMs);
    },
    tick(nowMs) {
      for (const { operator } of ticking) operator.tick!(nowMs);
    },
    settle() {
      if (settling.length === 0) return undefined;
      return settleInOrder(settling);
    },
    flush() {
      for (const { operator } of flushing) operator.flush!();
    },
    watermarkOf: (output) => taskWatermarkMs - delays.get(output.input.node)!,
  };
};

/** What one asynchronous operator hands on may begin work in the next. */
const settleInOrder = async (placed: readonly Placed[]): Promise<void> => {
  for (const { operator } of placed) await operator.settle!();
};

/** By node: how far the watermark of what it hands on lies behind the task's. */
const delaysOf = ({ inputs, operators }: Stage): ReadonlyMap<string, number> => {
  const delays = new Map<string, number>(inputs.map(({ name }) => [name, 0]));
  for (const node of operators) {
    const behindMs = Math.max(0, ...inputsOf(node).map((input) => delays.get(input.node)!));
    delays.set(node.name, behindMs + (node.spec.watermarkDelayMs ?? 0));
  }
  return delays;
};
