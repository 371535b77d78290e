/**
 * Letters of transforms: their records go once more through the operators of today's files, each transform in a process of its own that ends. What
 * came of each letter is on Kafka in the transaction of its results, so a repeat sends nothing twice (docs/decisions/0027).
 */
import { deadTopic, MillraceError } from '@millrace/contracts';
import {
  type LetterOutcome,
  letterKey,
  readLetterOutcomes,
  runTransformAgain,
} from '@millrace/dead-letters';
import type { PartContext } from '../../part.ts';
import { type LetterId, parseLetterId } from '../letter-content.ts';
import type { IndexedLetter } from '../read-letters.ts';
import { type LetterFate, type LetterFates, notSent } from './letter-fate.ts';
import { transformOf } from './transform-obstacle.ts';

type TransformContext = Pick<PartContext, 'admin' | 'connection'>;

const fateOf = ({ outcome, code, message }: LetterOutcome): LetterFate => {
  if (outcome === 'sent') return { kind: 'sent' };
  return outcome === 'not-sent' ? notSent(message) : { kind: 'refused-again', code, message };
};

/**
 * The same batch said again sends nothing twice. Rejects with `dead.redrive-failed`, retryable when a process was stopped before its end.
 * @param redrive and its batch
 */
export const transformAgain = async (
  { admin, connection }: TransformContext,
  letters: readonly IndexedLetter[],
  redrive: string,
  signal: AbortSignal,
): Promise<LetterFates> => {
  const topicId = await admin.topicId(deadTopic('stream-transform'));
  const placed = letters.map((letter) => {
    const place = parseLetterId(letter.id) as LetterId;
    return { letter, place, key: letterKey(topicId, place.partition, place.offset) };
  });
  const standing = placed.filter(({ letter }) => letter.topicId === topicId);
  const byTransform = Map.groupBy(standing, ({ letter }) => transformOf(letter).name);
  for (const [transform, some] of byTransform)
    await runTransformAgain(
      { transform, redrive, letters: some.map(({ place }) => place) },
      signal,
    );
  const outcomes = standing.length === 0 ? new Map() : await readLetterOutcomes(connection, signal);
  const fates = new Map<string, LetterFate>();
  for (const { letter, key } of placed) {
    if (letter.topicId !== topicId) fates.set(letter.id, notSent('Kafka holds the letter no more'));
    else {
      const outcome: LetterOutcome | undefined = outcomes.get(key);
      if (outcome === undefined || (outcome.outcome !== 'sent' && outcome.redrive !== redrive))
        throw new MillraceError(
          'dead.redrive-failed',
          `${transformOf(letter).name} ended before its end`,
          {
            retryable: true,
          },
        );
      fates.set(letter.id, fateOf(outcome));
    }
  }
  return fates;
};
