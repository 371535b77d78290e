import type { RegistryClient } from '@millrace/avro';
import { valueSubject } from '@millrace/contracts';
import { type Clock, type Logger, retry } from '@millrace/pipeline';
import type { TransformPlan } from './transform-plan.ts';

/** A registry that is away or slow for this long ends the start. */
const RETRY = {
  initialMs: 200,
  multiplier: 2,
  maxMs: 5_000,
  deadlineMs: 60_000,
  jitter: 0.5,
} as const;

export interface RegisterOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** By topic of a sink: the id of the schema that its values are written with. Errors: `registry.*`. */
export const registerOutputs = async (
  registry: RegistryClient,
  { stages }: TransformPlan,
  { clock, logger, signal }: RegisterOptions,
): Promise<ReadonlyMap<string, number>> => {
  const register = retry(registry.register, RETRY, clock, signal, ({ error, delayMs }) => {
    logger.warn({ code: error.code, delayMs }, 'waiting for the schema registry');
  });
  const ids = new Map<string, number>();
  for (const { outputs } of stages) {
    for (const output of outputs) {
      if (output.kind !== 'sink') continue;
      const { topic, contract } = output;
      const { id } = await register(valueSubject(topic), contract.schemaText);
      ids.set(topic, id);
    }
  }
  return ids;
};
