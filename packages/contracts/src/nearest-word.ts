/**
 * The word that was probably meant: the nearest by edit distance (Damerau–Levenshtein, restricted), when it
 * is near enough for a typo. For messages only; nothing is corrected by itself.
 */
const editDistance = (left: string, right: string): number => {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) cost = Math.min(cost, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[right.length] ?? 0;
};

/** The nearest of `candidates`, or `undefined` when none is within `reach`: a third of the word's length (at least 1). */
export const nearestWord = (
  word: string,
  candidates: readonly string[],
  reach = Math.max(1, Math.floor(word.length / 3)),
): string | undefined => {
  const lower = word.toLowerCase();
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(lower, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= reach)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
};

/** `Did you mean x?`, or the words that exist. */
export const suggestWord = (word: string, candidates: readonly string[]): string => {
  const near = nearestWord(word, candidates);
  return near === undefined
    ? `Known words: ${[...candidates].sort().join(', ')}.`
    : `Did you mean ${near}?`;
};
