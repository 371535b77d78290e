/** Which transforms may run with the state that is there. */
import { type Contract, MillraceError } from '@millrace/contracts';
import type { TransformConfig } from '../config.ts';
import { ensureTopics } from '../plan/ensure-topics.ts';
import type { PlannedTransforms } from '../plan/plan-transforms.ts';
import type { TransformPlan } from '../plan/transform-plan.ts';
import { type AcceptShapeOptions, acceptShape } from '../steps/accept-shape.ts';

/** `refused`: also `transform.changed`. */
export type AcceptedPlans = PlannedTransforms;

/**
 * Leaves out transforms that must not use their state, which does not keep the others from running. Once a
 * process, before anything is opened: state that is to be forgotten must be in nobody's use.
 */
export const acceptPlans = async (
  { contracts, plans, refused }: PlannedTransforms,
  config: TransformConfig,
  options: AcceptShapeOptions,
): Promise<AcceptedPlans> => {
  const outcomes = await Promise.all(plans.map((plan) => accept(plan, contracts, config, options)));
  return {
    contracts,
    plans: outcomes.filter((one): one is TransformPlan => !(one instanceof MillraceError)),
    refused: [...refused, ...outcomes.filter((one) => one instanceof MillraceError)],
  };
};

const accept = async (
  plan: TransformPlan,
  contracts: readonly Contract[],
  { topicReplication }: TransformConfig,
  options: AcceptShapeOptions,
): Promise<TransformPlan | MillraceError> => {
  try {
    if ((await acceptShape(plan, options)) === 'kept') return plan;
    return await ensureTopics(options.admin, plan.transform, contracts, topicReplication);
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'transform.changed') return error;
    throw error;
  }
};
