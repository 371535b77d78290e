export { openTaskState, type TaskStateOptions } from './state/open-task-state.ts';
export type {
  ChangelogRecord,
  StateOrigin,
  StateStats,
  StoreChanges,
  TaskState,
} from './state/task-state.ts';
