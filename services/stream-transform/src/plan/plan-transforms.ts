/** The transforms of the project, each laid out over topics, its own made where they are not there. */
import { type Contract, MillraceError } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import { loadProject } from '@millrace/runtime';
import type { Transform } from '@millrace/streams';
import type { TransformConfig } from '../config.ts';
import { loadTransforms } from '../steps/load-transforms.ts';
import { besideLive } from './beside-live.ts';
import { ensureTopics } from './ensure-topics.ts';
import type { TransformPlan } from './transform-plan.ts';

export interface PlannedTransforms {
  readonly contracts: readonly Contract[];
  readonly plans: readonly TransformPlan[];
  /** Why others cannot run: `transform.invalid`. */
  readonly refused: readonly MillraceError[];
}

/**
 * All transforms, or those that the settings name. One that does not fit the project's contracts, such as one that was removed, does
 * not keep the others from running. Throws as `loadProject`, `loadTransforms` and, but for `transform.invalid`, `ensureTopics`.
 */
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
  const plan = (one: Transform): Promise<TransformPlan | MillraceError> =>
    ensureTopics(admin, one, contracts, topicReplication).catch((error) => invalid(one, error));
  const outcomes = await Promise.all(transforms.map(plan));
  return {
    contracts,
    plans: outcomes.filter((one): one is TransformPlan => !(one instanceof MillraceError)),
    refused: outcomes.filter((one) => one instanceof MillraceError),
  };
};

const invalid = ({ name }: Transform, error: unknown): MillraceError => {
  if (!(error instanceof MillraceError) || error.code !== 'transform.invalid') throw error;
  const message = `transform ${name}: ${error.message}`;
  return new MillraceError('transform.invalid', message, { cause: error });
};
