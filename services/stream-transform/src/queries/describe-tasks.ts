import type { QueriedTransform } from './answer-question.ts';
import type { DescribedTask } from './state-question.ts';

/** What a member has, by transform, stage and partition. Tasks that are being opened are left out. */
export const describeTasks = (transforms: readonly QueriedTransform[]): readonly DescribedTask[] =>
  transforms.flatMap(({ plan, tasks, standbys }): readonly DescribedTask[] => {
    const transform = plan.transform.name;
    return [
      ...tasks.tasks().map(({ id, task }) => {
        const { lagRecords } = task.reading();
        return { transform, ...id, role: 'active', lagRecords } as const;
      }),
      ...standbys.readings().map(({ id, lagRecords }) => {
        return { transform, ...id, role: 'standby', lagRecords: lagRecords ?? null } as const;
      }),
    ];
  });
