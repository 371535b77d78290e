import { compileRecordReader, compileRecordWriter } from '@millrace/avro';
import { type Contract, keyText, MillraceError } from '@millrace/contracts';
import { eventTimeOf } from '../event-time.ts';
import type { SourceNode } from '../graph/graph.ts';

/** Records as topics would carry them: through the contracts' schemas, keyed by the contracts' key fields. */
export interface ContractRecords {
  /** What a source reads of this value; throws `avro.value-invalid` when the contract does not take it. */
  read(source: SourceNode, value: object): object;
  /** What a reader of the contract would see of this value; throws `avro.value-invalid`. */
  written(contract: string, value: object): object;
  /** Null: the contract has no key. */
  keyOf(contract: string, value: object): string | null;
  /** Event time by a field, ms; throws as `eventTimeOf`. */
  timeOf(contract: string, field: string, value: object): number;
}

/** Throws `transform.invalid` when asked for a contract that is not among these. */
export const createContractRecords = (contracts: readonly Contract[]): ContractRecords => {
  const byId = new Map(contracts.map((contract) => [contract.id, contract]));
  const passes = new Map<string, (value: object) => object>();

  const contractOf = (id: string): Contract => {
    const found = byId.get(id);
    if (found !== undefined) return found;
    throw new MillraceError('transform.invalid', `there is no contract '${id}'`);
  };

  /** Writes and reads again, by a codec that is compiled once. */
  const passOf = (id: string, longs: 'number' | 'bigint' | 'exact') => {
    const name = `${id} ${longs}`;
    const known = passes.get(name);
    if (known !== undefined) return known;
    const { schemaText } = contractOf(id);
    const pass = passThrough(
      compileRecordWriter(schemaText),
      compileRecordReader(schemaText, { longs }),
    );
    passes.set(name, pass);
    return pass;
  };

  return {
    read: ({ contract, options }, value) => passOf(contract, options.longs)(value),
    written: (contract, value) => passOf(contract, 'exact')(value),
    keyOf(contract, value) {
      const { key } = contractOf(contract);
      if (key.length === 0) return null;
      return keyText(key.map((field) => (value as Readonly<Record<string, unknown>>)[field]));
    },
    timeOf: (contract, field, value) =>
      eventTimeOf(contractOf(contract).record, field)(value as Readonly<Record<string, unknown>>),
  };
};

const passThrough =
  (
    write: (value: unknown, buffer: Buffer, at: number) => number,
    read: (bytes: Buffer, start: number, end: number) => object,
  ) =>
  (value: object): object => {
    for (let size = 4096; ; size *= 4) {
      const buffer = Buffer.allocUnsafe(size);
      const end = write(value, buffer, 0);
      if (end >= 0) return read(buffer, 0, end);
    }
  };
