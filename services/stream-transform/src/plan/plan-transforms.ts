/** The transforms of the project, each laid out over topics, its own made where they are not there. */
import type { Contract } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import { loadProject } from '@millrace/runtime';
import type { TransformConfig } from '../config.ts';
import { loadTransforms } from '../steps/load-transforms.ts';
import { ensureTopics } from './ensure-topics.ts';
import type { TransformPlan } from './transform-plan.ts';

export interface PlannedTransforms {
  readonly contracts: readonly Contract[];
  readonly plans: readonly TransformPlan[];
}

/** All transforms, or those that the settings name. Throws as `loadProject`, `loadTransforms` and `ensureTopics`. */
export const planTransforms = async (
  config: TransformConfig,
  admin: Admin,
): Promise<PlannedTransforms> => {
  const { contracts, directory } = await loadProject(config.project);
  const transforms = await loadTransforms(directory, config.transforms);
  const plans = await Promise.all(
    transforms.map((one) => ensureTopics(admin, one, contracts, config.topicReplication)),
  );
  return { contracts, plans };
};
