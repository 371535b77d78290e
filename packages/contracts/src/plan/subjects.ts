import { isDeepStrictEqual } from 'node:util';
import { parseAvroSchemaText } from '../avro/parse-schema.ts';
import type { CompatibilityLevel, Contract } from '../contract.ts';
import { checkEvolution } from '../evolution/check-evolution.ts';
import { keySubject, valueSubject } from '../topics.ts';
import type { PlanStep } from './plan-step.ts';

/**
 * Registry subjects as the contracts want them against subjects as they are. The schemas of change streams
 * are registered by cdc, which derives them from the source; here only their compatibility is set.
 */
export interface SubjectState {
  readonly subject: string;
  /** The subject's own level; absent when it follows the registry's global one. */
  readonly compatibility?: string;
  /** The latest registered schema; absent when there is none. */
  readonly latestSchemaText?: string;
  /** What the registry itself says of the wanted schema; absent when it was not asked. */
  readonly verdict?: { readonly compatible: boolean; readonly messages: readonly string[] };
}

export type SubjectAction =
  | {
      readonly do: 'set-compatibility';
      readonly subject: string;
      readonly level: CompatibilityLevel;
    }
  | { readonly do: 'register-schema'; readonly subject: string; readonly schemaText: string };

export interface WantedSubject {
  readonly subject: string;
  readonly level: CompatibilityLevel;
  /** Absent where another service registers the schemas. */
  readonly schemaText?: string;
}

/** The subjects of every contract: the value of an event, key and value of a change stream. */
export const wantedSubjects = (contracts: readonly Contract[]): readonly WantedSubject[] =>
  contracts
    .flatMap(({ source, topic, compatibility: level, schemaText }): WantedSubject[] =>
      source.kind !== 'change'
        ? [{ subject: valueSubject(topic.name), level, schemaText }]
        : [
            { subject: keySubject(topic.name), level },
            { subject: valueSubject(topic.name), level },
          ],
    )
    .sort((a, b) => (a.subject < b.subject ? -1 : 1));

const compatibilityStep = (
  { subject, level }: WantedSubject,
  actual: SubjectState | undefined,
): PlanStep<SubjectAction> | undefined =>
  actual?.compatibility === level
    ? undefined
    : {
        kind: actual?.compatibility === undefined ? 'create' : 'alter',
        target: 'subject',
        name: subject,
        line: `compatibility ${actual?.compatibility ?? '(global)'} → ${level}`,
        action: { do: 'set-compatibility', subject, level },
      };

const sameSchema = (left: string, right: string): boolean => {
  try {
    return isDeepStrictEqual(parseAvroSchemaText(left), parseAvroSchemaText(right));
  } catch {
    return left === right;
  }
};

const schemaStep = (
  wanted: WantedSubject,
  actual: SubjectState | undefined,
): PlanStep<SubjectAction> | undefined => {
  const { subject, level, schemaText } = wanted;
  const before = actual?.latestSchemaText;
  if (schemaText === undefined) return undefined;
  const step = { target: 'subject', name: subject } as const;
  const action = { do: 'register-schema', subject, schemaText } as const;
  if (before === undefined) {
    return { ...step, kind: 'create', line: 'register the first version', action };
  }
  if (sameSchema(before, schemaText)) return undefined;
  const problems = checkEvolution(
    parseAvroSchemaText(before),
    parseAvroSchemaText(schemaText),
    level,
  );
  if (problems.length > 0) {
    const texts = problems.map(({ rule, path, message }) => `${path}: ${message} [${rule}]`);
    return {
      ...step,
      kind: 'refused',
      line: `the new schema is not ${level}: ${texts.join(' ')}`,
      way: problems.map(({ remedy }) => remedy).join(' '),
    };
  }
  if (actual?.verdict?.compatible === false) {
    return {
      ...step,
      kind: 'refused',
      line: `the registry refuses the new schema under ${level}: ${actual.verdict.messages.join(' ')}`,
      way: 'Make the schema readable with every registered version, or start a stream of another name.',
    };
  }
  return { ...step, kind: 'alter', line: 'register a new version', action };
};

/**
 * The steps that make the subjects as wanted. An existing subject gets its level first, so that the level
 * judges the new version; a new one gets its first version first, since a registry may refuse a level for a
 * subject that has no version (Apicurio answers 404). A change stream that cdc has not registered yet is
 * left to cdc, which sets the level with the first version.
 */
export const planSubjects = (
  wanted: readonly WantedSubject[],
  actual: readonly SubjectState[],
): readonly PlanStep<SubjectAction>[] =>
  wanted.flatMap((subject): readonly PlanStep<SubjectAction>[] => {
    const { subject: name, level } = subject;
    const found = actual.find((state) => state.subject === name);
    const isNew = found?.latestSchemaText === undefined;
    if (isNew && subject.schemaText === undefined) {
      const line = `cdc registers it with the first change, compatibility ${level}`;
      return [{ kind: 'unchanged', target: 'subject', name, line }];
    }
    const levelStep = compatibilityStep(subject, found);
    const versionStep = schemaStep(subject, found);
    const ordered = isNew ? [versionStep, levelStep] : [levelStep, versionStep];
    const steps = ordered.filter((step) => step !== undefined);
    if (steps.length > 0) return steps;
    return [{ kind: 'unchanged', target: 'subject', name, line: 'as declared' }];
  });
