/**
 * The schemas that a stream takes Avro in: the contract's own, what the registry holds for its subject, and what a
 * file brings. Each is judged once and kept, within bounds: a schema is something that a sender can make up.
 */
import { createHash } from 'node:crypto';
import type { RegistryClient } from '@millrace/avro';
import {
  type AvroNode,
  type Contract,
  checkEvolution,
  MillraceError,
  parseAvroSchemaText,
  valueSubject,
} from '@millrace/contracts';
import { adoptMeaning } from './adopt-meaning.ts';
import { writeSameDatums } from './same-datums.ts';
import { passOn, resolve, type WriterSchema } from './writer-schema.ts';

/**
 * Errors: `ingest.schema-unknown`, `ingest.schema-incompatible`, `ingest.registry-unavailable`, the last one alone
 * retryable.
 */
export interface AvroIntake {
  /** The contract's own schema. */
  own(): WriterSchema;
  /** A schema of the registry, by its id. */
  registered(schemaId: number): Promise<WriterSchema>;
  /** A schema that came with its records. */
  foreign(schemaText: string): WriterSchema;
}

export interface AvroIntakeOptions {
  readonly contract: Contract;
  /** The registry's id of the contract's schema. */
  readonly schemaId: number;
  readonly registry: Pick<RegistryClient, 'schemaById' | 'subjectsOf'>;
}

/** A contract's whole history is less. */
const registeredMax = 256;
const foreignMax = 16;
const schemaTextCharsMax = 256 * 1024;

/** Compiles nothing before it is asked for. */
export const createAvroIntake = (options: AvroIntakeOptions): AvroIntake => {
  const { contract, schemaId } = options;
  const registered = new Map<number, Promise<WriterSchema>>();
  const foreign = new Map<string, WriterSchema>();
  let own: WriterSchema | undefined;
  const takeOwn = (): WriterSchema => {
    own ??= passOn(contract, { schemaText: contract.schemaText, node: contract.record }, schemaId);
    return own;
  };

  return {
    own: takeOwn,
    registered: (id) => {
      if (id === schemaId) return Promise.resolve(takeOwn());
      const known = registered.get(id);
      if (known !== undefined) return known;
      const finding = findRegistered(options, id);
      keep(registered, id, finding, registeredMax);
      // A schema that is unknown now may be registered in a moment.
      finding.catch(() => registered.delete(id));
      return finding;
    },
    foreign: (schemaText) => {
      const digest = createHash('sha256').update(schemaText).digest('base64');
      const known = foreign.get(digest);
      if (known !== undefined) return known;
      const node = adoptMeaning(readForeign(schemaText), contract.record);
      const schema = writeSameDatums(node, contract.record)
        ? takeOwn()
        : judged(contract, node, 'the schema of the file', () =>
            resolve(contract, { schemaText, node }, schemaId),
          );
      keep(foreign, digest, schema, foreignMax);
      return schema;
    },
  };
};

const keep = <Key, Value>(map: Map<Key, Value>, key: Key, value: Value, entriesMax: number) => {
  map.set(key, value);
  if (map.size <= entriesMax) return;
  const [oldest] = map.keys();
  map.delete(oldest as Key);
};

const findRegistered = async (
  { contract, registry }: AvroIntakeOptions,
  id: number,
): Promise<WriterSchema> => {
  const subject = valueSubject(contract.topic.name);
  try {
    const { schemaText } = await registry.schemaById(id);
    if (!(await registry.subjectsOf(id)).includes(subject))
      throw new MillraceError(
        'ingest.schema-unknown',
        `Schema ${id} is not registered under ${subject}.`,
      );
    const node = parseAvroSchemaText(schemaText);
    return judged(contract, node, `schema ${id}`, () => passOn(contract, { schemaText, node }, id));
  } catch (error) {
    throw inOwnWords(error, id);
  }
};

const inOwnWords = (error: unknown, id: number): unknown => {
  if (!(error instanceof MillraceError)) return error;
  if (error.code === 'registry.unknown-schema')
    return new MillraceError('ingest.schema-unknown', `The registry knows no schema ${id}.`);
  if (error.code === 'contracts.avro-invalid')
    return new MillraceError('ingest.schema-incompatible', `Schema ${id}: ${error.message}`);
  return error.code.startsWith('registry.')
    ? new MillraceError('ingest.registry-unavailable', `Schema ${id}: ${error.code}.`, {
        retryable: true,
        cause: error,
      })
    : error;
};

const readForeign = (schemaText: string): AvroNode => {
  if (schemaText.length > schemaTextCharsMax)
    throw new MillraceError(
      'ingest.schema-incompatible',
      `The schema of the file has more than ${schemaTextCharsMax} characters.`,
    );
  try {
    return parseAvroSchemaText(schemaText);
  } catch (error) {
    // Nesting that exhausts the stack is a RangeError; either way it is no schema that can be used.
    throw new MillraceError(
      'ingest.schema-incompatible',
      `The schema of the file cannot be used: ${(error as Error).message}`,
      { cause: error },
    );
  }
};

/** Avro's rules of resolution, and units: what was written in microseconds is not read as milliseconds. */
const judged = (
  contract: Contract,
  node: AvroNode,
  what: string,
  compile: () => WriterSchema,
): WriterSchema => {
  const problems = checkEvolution(node, contract.record, 'BACKWARD');
  if (problems.length > 0)
    throw incompatible(
      contract,
      what,
      problems.map(({ path, message }) => `${path === '' ? 'the record' : path}: ${message}`),
    );
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    throw incompatible(contract, what, [error.message]);
  }
};

const incompatible = (contract: Contract, what: string, reasons: readonly string[]) =>
  new MillraceError(
    'ingest.schema-incompatible',
    `${contract.id} cannot be read from ${what}. ${reasons.slice(0, 5).join(' ')}`,
  );
