import type { PlanStep, StepKind } from '@millrace/contracts';
import { type ProjectAction, type ProjectPlan, pendingSteps } from './plan.ts';

/** A plan as a person reads it: a sign, the thing, what happens to it. */
const signs: Readonly<Record<StepKind, string>> = {
  create: '+',
  alter: '~',
  destructive: '!',
  refused: '✗',
  unchanged: ' ',
};

export const stepText = ({ kind, target, name, line, way }: PlanStep<ProjectAction>): string =>
  `${signs[kind]} ${target.padEnd(7)} ${name}: ${line}${way === undefined ? '' : `\n            ${way}`}`;

const count = (plan: ProjectPlan, kind: StepKind): number =>
  plan.steps.filter((step) => step.kind === kind).length;

export const planText = (plan: ProjectPlan): string => {
  const pending = pendingSteps(plan);
  if (pending.length === 0) {
    return `Nothing to do: ${plan.steps.length} topics, subjects, tables, views and migrations are as declared.`;
  }
  const summary = (['create', 'alter', 'destructive', 'refused', 'unchanged'] as const)
    .map((kind) => `${count(plan, kind)} ${kind}`)
    .join(', ');
  return [...pending.map(stepText), '', summary].join('\n');
};
