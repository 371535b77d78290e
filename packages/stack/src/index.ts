export {
  type ArtifactSet,
  type CachedArtifacts,
  cachedArtifacts,
} from './embedded/artifact-cache.ts';
export { cacheDir } from './embedded/cache-dir.ts';
export { type Child, type ChildSpec, type Exit, startChild } from './embedded/child.ts';
export { explainFileError } from './embedded/failure.ts';
export { guardProcess } from './embedded/guard.ts';
export { findJava, type Java } from './embedded/java.ts';
export { type JavaArtifacts, javaArtifacts } from './embedded/java-artifacts.ts';
export { freePorts } from './embedded/ports.ts';
export { type PostgresProgram, postgresProgram } from './embedded/postgres-program.ts';
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
