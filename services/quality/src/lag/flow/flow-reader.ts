/** What `GET /flow` answers: the map as of the last round over the groups. */
import { deadTopic } from '@millrace/contracts';
import type { FlowMap } from '@millrace/operations';
import type { PartContext } from '../../part.ts';
import type { KnownGroups } from '../known-groups.ts';
import type { LagReader } from '../lag-reader.ts';
import { lagCondition } from '../report-lag.ts';
import { createDeadCounts } from './dead-counts.ts';
import { flowMap } from './flow-map.ts';
import { type ProjectTransform, projectTransforms } from './project-transforms.ts';

const deadTopics = ['ingest', 'cdc', 'sink', 'stream-transform'].map(deadTopic);

/** Undefined before the first round has ended well. */
export type FlowReader = () => Promise<FlowMap | undefined>;

/** Without what transforms declare (a file that cannot be read) their groups are drawn as those of any service. */
export const createFlowReader = (
  { admin, clock, config, logger, project }: PartContext,
  lag: LagReader,
  known: KnownGroups,
): FlowReader => {
  const counts = createDeadCounts(admin, clock.nowMs);
  let loading: Promise<readonly ProjectTransform[]> | undefined;
  const transforms = () => {
    loading ??= projectTransforms(project).catch((error: unknown) => {
      logger.warn({ err: error }, 'the flow map lacks the transforms: they cannot be read');
      return [];
    });
    return loading;
  };

  return async () => {
    const report = lag.report();
    if (report === undefined) return undefined;
    const found = deadTopics.filter((topic) => lag.ends(topic) !== undefined);
    const dead = await counts.read(found, (topic) => lag.ends(topic)?.stable);
    return flowMap({
      ...{ atMs: report.atMs, groups: report.groups, contracts: project.contracts },
      ...{ transforms: await transforms(), sinkGroup: config.sinkGroup },
      exists: (topic) => lag.ends(topic) !== undefined,
      perSecond: (topic) => lag.perSecond(topic),
      dead: (topic) => dead.get(topic) ?? null,
      conditionOf: ({ group }, { topic, state, seconds }) =>
        lagCondition(state, seconds ?? 0, known.secondsMax(group, topic)),
    });
  };
};
