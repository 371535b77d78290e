/** The operators of ODCS 3.1: what a measured number must be. Pure; what is measured is the rule's `check`. */

export const ruleOperators = [
  'mustBe',
  'mustNotBe',
  'mustBeGreaterThan',
  'mustBeGreaterOrEqualTo',
  'mustBeLessThan',
  'mustBeLessOrEqualTo',
  'mustBeBetween',
  'mustNotBeBetween',
] as const;
export type RuleOperator = (typeof ruleOperators)[number];

/** `mustBeBetween` and its opposite have two bounds, both within; the others one. */
export interface RuleLimit {
  readonly operator: RuleOperator;
  readonly bounds: readonly [number] | readonly [number, number];
}

/** `mustBeBetween 1 and 5`, as the rule says it. */
export const limitText = ({ operator, bounds }: RuleLimit): string =>
  `${operator} ${bounds.join(' and ')}`;

/** Whether the number is what it must be. */
export const meetsLimit = (measured: number, { operator, bounds }: RuleLimit): boolean => {
  const [low, high = low] = bounds;
  switch (operator) {
    case 'mustBe':
      return measured === low;
    case 'mustNotBe':
      return measured !== low;
    case 'mustBeGreaterThan':
      return measured > low;
    case 'mustBeGreaterOrEqualTo':
      return measured >= low;
    case 'mustBeLessThan':
      return measured < low;
    case 'mustBeLessOrEqualTo':
      return measured <= low;
    case 'mustBeBetween':
      return measured >= low && measured <= high;
    case 'mustNotBeBetween':
      return measured < low || measured > high;
  }
};

type Words = Readonly<Record<string, unknown>>;

/** The operator of an ODCS rule; a sentence that says what is wrong with it else. */
export const readLimit = (words: Words): RuleLimit | string => {
  const given = ruleOperators.filter((operator) => words[operator] !== undefined);
  const [operator] = given;
  if (operator === undefined) return 'The rule does not say what the measured number must be.';
  if (given.length > 1)
    return `${given.join(' and ')} stand side by side: one says what it must be.`;
  const value = words[operator];
  const isPair = operator === 'mustBeBetween' || operator === 'mustNotBeBetween';
  if (!isPair)
    return typeof value === 'number'
      ? { operator, bounds: [value] }
      : `${operator} ${JSON.stringify(value)} is no number.`;
  const [low, high] = value as readonly [number, number];
  return low < high
    ? { operator, bounds: [low, high] }
    : `${operator} ${low} and ${high}: the lower bound comes first.`;
};
