/** Which topics are copied: all that hold data or state of the platform, or those that were asked for. No I/O. */
import { MillraceError } from '@millrace/contracts';

/** What a cluster keeps for itself, stores of registries, and the mirror's own logs. */
const neverCopied = [
  /^__/,
  /^_millrace\.mirror\./,
  /^_schemas$/,
  /^kafkasql-/,
  /^registry-events$/,
];

const patternOf = (text: string): RegExp =>
  new RegExp(`^${text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);

/**
 * Those of `names` that match a pattern (`*` stands for any text; all when there is no pattern), sorted. Throws
 * `config.invalid` for a pattern that nothing matches: a misspelt name would otherwise be a topic that nobody copies.
 */
export function chooseTopics(
  names: readonly string[],
  patterns: readonly string[],
): readonly string[] {
  const copied = names.filter((name) => !neverCopied.some((one) => one.test(name)));
  if (patterns.length === 0) return copied.toSorted();
  for (const pattern of patterns) {
    if (copied.some((name) => patternOf(pattern).test(name))) continue;
    throw new MillraceError('config.invalid', `no topic is called ${pattern}`);
  }
  return copied.filter((name) => patterns.some((one) => patternOf(one).test(name))).toSorted();
}
