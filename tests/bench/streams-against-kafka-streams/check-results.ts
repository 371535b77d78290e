/** Whether a run's results are those of the reference. */
import type { Query, Running } from './contestant.ts';
import { expectedResults, type Results } from './reference.ts';
import { writtenResults } from './results.ts';
import type { World } from './world.ts';

const SHOWN_MAX = 5;

/** Sessions are written while they grow: those that were extended later stay in the topic. */
const mayHoldMore: ReadonlySet<Query> = new Set<Query>(['q11']);

/** Throws with the first results that differ. The reference of a query is computed once. */
export const createCheck = (world: World) => {
  const references = new Map<Query, Results>();
  return async (query: Query, running: Running): Promise<void> => {
    const expected = references.get(query) ?? expectedResults(query, world.events);
    references.set(query, expected);
    const written = await writtenResults(query, world, running.outputs);
    const different = [...expected].filter(([name, value]) => written.get(name) !== value);
    const surplus = mayHoldMore.has(query)
      ? []
      : [...written.keys()].filter((name) => !expected.has(name));
    if (different.length + surplus.length === 0) return;
    const shown = different.slice(0, SHOWN_MAX).map(([name, value]) => {
      return `${name}: ${value} expected, ${written.get(name)} written`;
    });
    throw new Error(
      `${query}: ${different.length} of ${expected.size} results differ, ${surplus.length} are too many\n${shown.join('\n')}`,
    );
  };
};
