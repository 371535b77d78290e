/** What can come of one record of a topic in a stage, by its graph alone: how many results, and when. */
import { inputsOf, type OutputRef } from './graph.ts';
import type { Stage } from './stages.ts';

export interface WhatComes {
  /** One result at most, on one way: where it became a letter nothing else came of it. */
  readonly isSingle: boolean;
  /** All of it at once, while the record is at hand: where a function throws, all of it is taken back. */
  readonly isAtOnce: boolean;
}

/** @param inputs names of the stage's inputs that read the topic */
export const whatComesOf = (
  { operators, outputs }: Stage,
  inputs: readonly string[],
): WhatComes => {
  const readersOf = ({ node, port }: OutputRef) =>
    [...operators, ...outputs].flatMap((reader) =>
      inputsOf(reader).flatMap((input) =>
        input.node === node && input.port === port ? [reader] : [],
      ),
    );
  let isSingle = inputs.length === 1;
  let isAtOnce = true;
  const reached = new Set<string>();
  const follow = (output: OutputRef): void => {
    const readers = readersOf(output);
    if (readers.length > 1) isSingle = false;
    for (const reader of readers) {
      if (reader.kind !== 'operator' || reached.has(reader.name)) continue;
      reached.add(reader.name);
      const { oneForOne, isAsynchronous, ports = ['main'] } = reader.spec;
      if (oneForOne !== true) isSingle = false;
      if (isAsynchronous === true) isAtOnce = false;
      for (const port of ports.keys()) follow({ node: reader.name, port });
    }
  };
  for (const node of inputs) follow({ node, port: 0 });
  return { isSingle, isAtOnce };
};
