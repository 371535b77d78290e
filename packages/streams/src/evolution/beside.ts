import type { Transform } from '../transform.ts';

/**
 * A transform that runs beside another one, on the same sources: under a name of its own, so that group and state are its own,
 * and into topics of its own. `topicOf`: the topic of a contract.
 */
export const besideTransform = (
  transform: Transform,
  suffix: string,
  topicOf: (contract: string) => string,
): Transform => ({
  ...transform,
  name: besideName(transform.name, suffix),
  graph: {
    nodes: transform.graph.nodes.map((node) =>
      node.kind === 'sink'
        ? { ...node, topic: besideTopic(node.topic ?? topicOf(node.contract), suffix) }
        : node,
    ),
  },
});

/** Name of the transform that runs beside the one of this name. */
export const besideName = (name: string, suffix: string): string => `${name}_${suffix}`;

/** Where the transform beside writes what the other one writes to this topic. */
export const besideTopic = (topic: string, suffix: string): string => `${topic}.${suffix}`;
