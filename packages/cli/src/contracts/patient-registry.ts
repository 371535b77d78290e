/**
 * A registry that is asked again while it does not answer: each question and each change for half a minute in all, as long as
 * Kafka is waited for. All of them may be repeated: registering what is there answers with its id. What the registry
 * refuses is the answer at once.
 */
import type { RegistryClient } from '@millrace/avro';
import { type Clock, type RetryNotice, retry } from '@millrace/pipeline';

/** A try takes five seconds at most (`createRegistryClient`), so the last one ends a little later. */
const policy = { initialMs: 100, multiplier: 2, maxMs: 2_000, jitter: 0.2, deadlineMs: 30_000 };

/** @param waiting told before every pause */
export const createPatientRegistry = (
  registry: RegistryClient,
  clock: Clock,
  waiting: (notice: RetryNotice) => void,
): RegistryClient => {
  const patient = <Args extends readonly unknown[], T>(ask: (...args: Args) => Promise<T>) =>
    retry(ask, policy, clock, undefined, waiting);
  return {
    schemaById: patient(registry.schemaById),
    register: patient(registry.register),
    latest: patient(registry.latest),
    versions: patient(registry.versions),
    subjects: patient(registry.subjects),
    subjectsOf: patient(registry.subjectsOf),
    compatibility: patient(registry.compatibility),
    setCompatibility: patient(registry.setCompatibility),
    checkCompatible: patient(registry.checkCompatible),
  };
};
