/** Why a letter of a transform is not sent again, as far as its graph tells. Pure; the graphs are those of the project at the start of the service. */
import type { Contract } from '@millrace/contracts';
import { type GraphView, whyNotAgain } from '@millrace/streams';
import type { IndexedLetter } from '../read-letters.ts';

/** What the project has of transforms. */
export interface ProjectGraphs {
  readonly graphs: readonly GraphView[];
  readonly contracts: readonly Contract[];
}

/** Of the stage that a letter tells: `stream-transform <name>`, and the operator where that made the record of others. */
export const transformOf = ({
  stage,
}: Pick<IndexedLetter, 'stage'>): { readonly name: string; readonly operator?: string } => {
  const [, name = '', operator] = (stage ?? '').split(' ');
  return { name, ...(operator !== undefined && { operator }) };
};

/** One sentence for the report; undefined when it may be sent. */
export const transformObstacle = (
  letter: Pick<IndexedLetter, 'stage' | 'topic'>,
  { graphs, contracts }: ProjectGraphs,
): string | undefined => {
  const { name, operator } = transformOf(letter);
  const graph = graphs.find(({ transform }) => transform === name);
  if (graph === undefined)
    return 'the project has no such transform; see `millrace transform replay`';
  const why =
    operator === undefined
      ? whyNotAgain(graph, contracts, letter.topic)
      : `${operator} of ${name} made it of other records, and no topic holds it`;
  return why === undefined ? undefined : `${why}; see \`millrace transform replay ${name}\``;
};
