/** A task of a transform: a stage, and one partition of each of its topics. */
export interface TaskId {
  readonly stage: number;
  readonly partition: number;
}

export const taskKey = ({ stage, partition }: TaskId): string => `${stage}:${partition}`;
