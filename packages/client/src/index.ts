export type { Batch, BatchHead } from './batch/batch.ts';
export type { BatchStore } from './batch/batch-store.ts';
export { indexedDbStore } from './browser/indexed-db-store.ts';
export { type Client, createClient, type EventsByStream, type SendOptions } from './client.ts';
export type { Clock } from './clock.ts';
export type {
  EnqueueResult,
  EventResult,
  FieldProblem,
  Rejected,
  Taken,
  Unsent,
  UnsentCode,
} from './event-result.ts';
export type { ClientOptions, Loss, Rejection, Retry } from './options.ts';
