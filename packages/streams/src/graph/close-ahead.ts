import { inputsOf } from './graph.ts';
import type { Stage } from './stages.ts';

/**
 * How far event time must go beyond the last record for everything that a stage holds to leave it, ms: the
 * sum along its longest way, since the result of one window opens the next.
 */
export const closeAheadOf = ({ inputs, operators }: Stage): number => {
  const ahead = new Map<string, number>(inputs.map(({ name }) => [name, 0]));
  for (const node of operators) {
    const before = Math.max(0, ...inputsOf(node).map((input) => ahead.get(input.node)!));
    ahead.set(node.name, before + (node.spec.closeAheadMs ?? 0));
  }
  return Math.max(0, ...ahead.values());
};
