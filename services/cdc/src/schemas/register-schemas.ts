/**
 * Registers the schemas of a topic under the level of its subjects. A version that the level refuses is registered all
 * the same where the policy says so: the level is lowered for it and set again.
 */
import type { RegistryClient } from '@millrace/avro';
import { MillraceError, type SchemaChangePolicy } from '@millrace/contracts';

export interface WantedSchema {
  readonly subject: string;
  readonly schemaText: string;
  readonly level: string;
}

/** An id, or why the subject refuses the schema. */
export type Registration = { readonly id: number } | { readonly refused: string };

export interface SchemaRegistrar {
  /** Errors: `registry.unavailable` and the like. */
  register(wanted: WantedSchema, policy: SchemaChangePolicy): Promise<Registration>;
}

export const createSchemaRegistrar = (
  registry: RegistryClient,
  /** A schema was registered although its subject refuses it. */
  forced: (subject: string, why: string) => void,
): SchemaRegistrar => {
  const registered = new Map<string, number>();

  const force = async ({ schemaText, subject }: WantedSchema, why: string): Promise<number> => {
    await registry.setCompatibility(subject, 'NONE');
    const { id } = await registry.register(subject, schemaText);
    forced(subject, why);
    return id;
  };

  return {
    register: async (wanted, policy) => {
      const { level, schemaText, subject } = wanted;
      const known = registered.get(`${subject}\n${schemaText}`);
      if (known !== undefined) return { id: known };
      // a subject is given its level before a version that it might refuse, also where a crash left it lowered
      if ((await registry.latest(subject)) !== undefined) {
        await registry.setCompatibility(subject, level);
      }
      let id: number;
      try {
        ({ id } = await registry.register(subject, schemaText));
      } catch (error) {
        if (!(error instanceof MillraceError) || error.code !== 'registry.incompatible')
          throw error;
        if (policy !== 'new_version') return { refused: error.message };
        id = await force(wanted, error.message);
      }
      await registry.setCompatibility(subject, level);
      registered.set(`${subject}\n${schemaText}`, id);
      return { id };
    },
  };
};
