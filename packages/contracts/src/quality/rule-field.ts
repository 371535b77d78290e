/** The field that a rule is about, and whether the values that the rule names are values of it. */
import type { AvroNode } from '../avro-schema.ts';
import type { RuleValue } from './quality-rule.ts';
import { namedValueText, ruleValueExample, ruleValueForm, unnameable } from './rule-values.ts';

/** A word of the rule and what is wrong with it. */
export interface CheckFault {
  readonly word: string;
  readonly rule: string;
  readonly message: string;
  readonly remedy: string;
}

export interface FieldOfRule {
  readonly name: string;
  readonly type: AvroNode;
}

/** In one line. */
export const fault = (word: string, rule: string, message: string, remedy: string): CheckFault => ({
  ...{ word, rule, message, remedy },
});

const valueNode = (node: AvroNode): AvroNode => {
  if (node.kind !== 'union') return node;
  const values = node.branches.filter(({ kind }) => kind !== 'null');
  return values.length === 1 ? values[0]! : node;
};

/** Of the value beside null; `union` where there are several. */
export const kindOf = (node: AvroNode): string => valueNode(node).kind;

const logicalOf = (type: AvroNode): string | undefined => {
  const node = valueNode(type);
  return 'logical' in node ? node.logical?.name : undefined;
};

const numericKinds = ['int', 'long', 'float', 'double'];

/** True of a field that is compared and binned as a number. */
export const isNumericField = ({ type }: FieldOfRule): boolean =>
  numericKinds.includes(kindOf(type)) && logicalOf(type) === undefined;

const wrongType = (field: FieldOfRule, word: string, value: unknown, remedy: string): CheckFault =>
  fault(
    'arguments',
    'quality-value-type',
    `${word} names ${JSON.stringify(value)}, and ${field.name} is ${logicalOf(field.type) ?? kindOf(field.type)}.`,
    remedy,
  );

/** What is wrong with the values that a rule names of a field; undefined when nothing is. */
export const valuesFault = (
  field: FieldOfRule,
  word: string,
  given: readonly RuleValue[],
): CheckFault | undefined => {
  const values = given.filter((value) => value !== null);
  if (values.length > 0 && unnameable(field.type))
    return wrongType(field, word, values[0], 'Write a rule of type: sql.');
  const form = ruleValueForm(field.type);
  if (form !== undefined) {
    const unfit = values.find(
      (value) => typeof value !== 'string' || namedValueText(form, value) === undefined,
    );
    return unfit === undefined
      ? undefined
      : wrongType(field, word, unfit, `Write texts such as ${ruleValueExample[form.form]}.`);
  }
  const wanted = isNumericField(field)
    ? 'number'
    : kindOf(field.type) === 'boolean'
      ? 'boolean'
      : 'string';
  const wrong = values.find((value) => typeof value !== wanted);
  return wrong === undefined
    ? undefined
    : wrongType(field, word, wrong, `Write values of type ${wanted}.`);
};

/** As the field holds it: 0.1 of a float is 0.100000001490116…, and equal to nothing else. */
export const fitNumber = ({ type }: FieldOfRule, value: number): number => {
  const short = Math.fround(value);
  return kindOf(type) === 'float' && Number.isFinite(short) ? short : value;
};

/** The same of those among several that are numbers. */
export const fitNumbers = (
  field: FieldOfRule,
  values: readonly RuleValue[],
): readonly RuleValue[] =>
  values.map((value) => (typeof value === 'number' ? fitNumber(field, value) : value));
