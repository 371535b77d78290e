import { type Flow, NO_WATERMARK } from '../flow.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import { createFailures } from './failures.ts';
import { inputsOf, type OperatorNode, type OutputRef } from './graph.ts';
import type { StageHost } from './stage-host.ts';
import type { Stage, StageOutput } from './stages.ts';

/** The operators of one stage, wired up, on one partition. */
export interface RunningStage {
  /**
   * Takes a record from the input of this index. Throws what a function threw for it, first named by its
   * operator (`transform.function-failed`, or the function's own MillraceError), when everything else has
   * been done with the record: operators are as if what failed had not been there. The host takes back what
   * has left the stage for it.
   */
  push(input: number, flow: Flow): void;
  /** Event time of the task; ignored when it does not grow, put off to `settle` when that is needed. */
  advance(watermarkMs: number): void;
  tick(nowMs: number): void;
  /**
   * Resolves when all asynchronous work has been handed on; undefined when there is none. Nothing may be
   * pushed meanwhile.
   */
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
  let wantedMs = NO_WATERMARK;
  const failures = createFailures(host);
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
    const rejectedPort = ports.indexOf('rejected');
    const isRead = (port: number) => port >= 0 && receiversOf(name, port).length > 0;
    return {
      keyed: host.stores.keyed,
      timed: host.stores.timed,
      globalTable: host.globalTable,
      nowMs: host.nowMs,
      skip: (reason) => host.skipped(name, reason),
      watermarkMs: () => taskWatermarkMs - behindMs,
      emit: (flow, port = 0) => outlets[port]!(flow),
      late(flow, info) {
        if (!isRead(latePort)) host.late(flow, info);
        else outlets[latePort]!({ ...flow, value: { value: flow.value, ...info } });
      },
      rejected(flow, reason) {
        if (!isRead(rejectedPort))
          host.rejected({ operator: name, flow, origin: failures.origin() }, reason);
        else outlets[rejectedPort]!({ ...flow, value: { ...(flow.value as object), reason } });
      },
      failed: (flow, error, from) => failures.held({ operator: name, flow, origin: from }, error),
      origin: failures.origin,
      resume: failures.resume,
    };
  };

  const placed: Placed[] = stage.operators.map((node) => {
    const behindMs = behind(node.inputs);
    const operator = node.spec.create(contextOf(node, behindMs));
    node.inputs.forEach((input, port) => {
      receiversOf(input.node, input.port).push(
        failures.guarded(node.name, (flow) => operator.process(flow, port)),
      );
    });
    return { node, operator, behindMs };
  });
  for (const output of stage.outputs) {
    receiversOf(output.input.node, output.input.port).push(
      failures.guarded(output.name, (flow) => host.output(output, flow)),
    );
  }
  const inlets = stage.inputs.map((input) => outlet(input.name, 0));
  const advancing = placed.filter(({ operator }) => operator.advance !== undefined);
  const ticking = placed.filter(({ operator }) => operator.tick !== undefined);
  const settling = placed.filter(({ operator }) => operator.settle !== undefined);
  const flushing = placed.filter(({ operator }) => operator.flush !== undefined);

  const advance = (watermarkMs: number): void => {
    taskWatermarkMs = watermarkMs;
    for (const { operator, behindMs } of advancing) operator.advance!(watermarkMs - behindMs);
  };
  const settle = async (): Promise<void> => {
    for (const { operator } of settling) await operator.settle!();
    if (wantedMs > taskWatermarkMs) advance(wantedMs);
  };
  const isSettled = () => settling.every(({ operator }) => operator.isSettled!());

  return {
    push(input, flow) {
      failures.begin();
      inlets[input]!(flow);
      failures.end();
    },
    advance(watermarkMs) {
      if (watermarkMs <= taskWatermarkMs) return;
      wantedMs = watermarkMs;
      if (isSettled()) advance(watermarkMs);
    },
    tick(nowMs) {
      for (const { operator } of ticking) operator.tick!(nowMs);
    },
    settle: () => (isSettled() ? undefined : settle()),
    flush() {
      for (const { operator } of flushing) operator.flush!();
    },
    watermarkOf: (output) => taskWatermarkMs - delays.get(output.input.node)!,
  };
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
