export type {
  RunningStack,
  StackEndpoints,
  StackOptions,
  StackPart,
  StackProgress,
} from './stack.ts';
