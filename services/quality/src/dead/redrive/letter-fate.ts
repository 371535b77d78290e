/** What became of a letter in a redrive. */
import type { IndexedLetter } from '../read-letters.ts';
import { type ProjectGraphs, transformObstacle } from './transform-obstacle.ts';

export type LetterFate =
  | { readonly kind: 'sent' }
  /** It was processed once more, and refused as before. */
  | { readonly kind: 'refused-again'; readonly code: string; readonly message: string }
  /** It was not sent; it may be another time. */
  | { readonly kind: 'not-sent'; readonly why: string };

/** By the letter's id. */
export type LetterFates = ReadonlyMap<string, LetterFate>;

export const notSent = (why: string): LetterFate => ({ kind: 'not-sent', why });

/** The letter tells so in its header; the run that takes it again holds it for the same (ADR 0027). */
const leftResultsWhy =
  'other results of its record may stand on their topics, and would be there twice';

/** Of a letter of a transform that was sent before: whoever asks, its results are there once. */
export const standsWhy =
  'it was sent before: its results stand on their topics, and are not written again';

/**
 * Why a letter cannot be sent at all, whoever asks; undefined when it can.
 */
export const obstacleOf = (
  letter: Pick<
    IndexedLetter,
    'service' | 'topic' | 'partition' | 'offset' | 'redrives' | 'stage' | 'whole'
  >,
  redrivesMax: number,
  project: ProjectGraphs,
): string | undefined => {
  const obstacle =
    letter.service === 'stream-transform' ? transformObstacle(letter, project) : undefined;
  if (obstacle !== undefined) return obstacle;
  if (letter.whole === false) return leftResultsWhy;
  if (letter.redrives >= redrivesMax) return `sent again ${redrivesMax} times or more before`;
  if (letter.service === 'sink' && (letter.partition === null || letter.offset === null))
    return 'where its record came from is not known';
  return undefined;
};
