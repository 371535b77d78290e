import type { RegistryClient } from '@millrace/avro';
import { valueSubject } from '@millrace/contracts';
import type { TransformPlan } from './transform-plan.ts';

/** By topic of a sink: the id of the schema that its values are written with. Errors: `registry.*`. */
export const registerOutputs = async (
  registry: RegistryClient,
  { stages }: TransformPlan,
): Promise<ReadonlyMap<string, number>> => {
  const ids = new Map<string, number>();
  for (const { outputs } of stages) {
    for (const output of outputs) {
      if (output.kind !== 'sink') continue;
      const { topic, contract } = output;
      const { id } = await registry.register(valueSubject(topic), contract.schemaText);
      ids.set(topic, id);
    }
  }
  return ids;
};
