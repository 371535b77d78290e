import { inputsOf } from './graph.ts';
import type { Stage, StageOutput } from './stages.ts';

/** What a task reads first: the tables that its plain joins look into. */
export interface ReadFirst {
  /** Names of the inputs of the stage that lead to such a table. */
  readonly first: ReadonlySet<string>;
  /** Names of those that may wait until the tables are read: nothing that makes one comes by them. */
  readonly after: ReadonlySet<string>;
}

/**
 * Stages may depend on one another in a circle, where one topic has two sources. What leads to a table of any stage of the
 * circle does not wait then: each would wait for the other.
 */
export const readFirstOf = (stages: readonly Stage[], stage: Stage): ReadFirst => {
  const first = new Set(firstPorts(stage).flatMap((name) => inputsBefore(stage, name)));
  const circle = stages.filter(
    (one) => one === stage || (isBefore(stages, one, stage) && isBefore(stages, stage, one)),
  );
  const makers = new Set(circle.flatMap((one) => ancestorsOf(stages, firstPorts(one))));
  const names = stage.inputs.map(({ name }) => name);
  return { first, after: new Set(names.filter((name) => !first.has(name) && !makers.has(name))) };
};

/** Names of the inputs of the stage from which an output of it is reached. */
export const inputsLeadingTo = (stage: Stage, output: StageOutput): readonly string[] =>
  inputsBefore(stage, output.input.node);

/** Names of the inputs of the stage from which an operator of it, or an input, is reached. */
const inputsBefore = (stage: Stage, name: string): readonly string[] => {
  const operators = new Map(stage.operators.map((node) => [node.name, node] as const));
  const found = new Set<string>();
  const follow = (at: string): void => {
    const operator = operators.get(at);
    if (operator === undefined) found.add(at);
    else for (const input of inputsOf(operator)) follow(input.node);
  };
  follow(name);
  return [...found];
};

/** Names of the nodes that hand on to tables which are read first. */
const firstPorts = ({ operators }: Stage): readonly string[] =>
  operators.flatMap(({ spec, inputs }) => (spec.readFirst ?? []).map((port) => inputs[port]!.node));

/** All nodes that lead to these, and they themselves. */
const ancestorsOf = (stages: readonly Stage[], names: readonly string[]): readonly string[] => {
  const nodes = new Map(
    stages.flatMap(({ inputs, operators, outputs }) =>
      [...inputs, ...operators, ...outputs].map((node) => [node.name, node] as const),
    ),
  );
  const found = new Set<string>();
  const follow = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const input of inputsOf(nodes.get(name)!)) follow(input.node);
  };
  for (const name of names) follow(name);
  return [...found];
};

/** Whether what a stage writes reaches another, or itself, over topics. */
const isBefore = (stages: readonly Stage[], stage: Stage, other: Stage): boolean => {
  const seen = new Set<Stage>();
  const follow = (one: Stage): boolean =>
    stages
      .filter(({ inputs }) => inputs.some((input) => one.outputs.some((out) => out === input)))
      .some((next) => {
        if (next === other) return true;
        if (seen.has(next)) return false;
        seen.add(next);
        return follow(next);
      });
  return follow(stage);
};
