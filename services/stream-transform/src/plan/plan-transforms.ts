/** The transforms of the project, each laid out over topics, its own made where they are not there. */
import type { Contract } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import { loadProject } from '@millrace/runtime';
import type { TransformConfig } from '../config.ts';
import { loadTransforms } from '../steps/load-transforms.ts';
import { besideLive } from './beside-live.ts';
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
  const { beside: suffix, topicReplication } = config;
  const loaded = await loadTransforms(directory, config.transforms);
  const transforms =
    suffix === undefined
      ? loaded
      : await Promise.all(
          loaded.map((one) => besideLive(admin, one, contracts, { suffix, topicReplication })),
        );
  const plans = await Promise.all(
    transforms.map((one) => ensureTopics(admin, one, contracts, topicReplication)),
  );
  return { contracts, plans };
};
