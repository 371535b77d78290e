export { guardProcess } from './embedded/guard.ts';
export { freePorts } from './embedded/ports.ts';
export { isAlive, type ProcessIdentity, residentBytes } from './embedded/process-identity.ts';
export {
  type RunningStack,
  type StackEndpoints,
  type StackOptions,
  type StackPart,
  type StackProgress,
  stackParts,
} from './stack.ts';
export { type PartState, readState, runningState, type StackState } from './stack-state.ts';
export { type StackBackend, type StartStackOptions, startStack } from './start-stack.ts';
