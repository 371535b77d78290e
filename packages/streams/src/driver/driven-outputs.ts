import type { Flow } from '../flow.ts';
import type { SinkNode } from '../graph/graph.ts';
import type { ContractRecords } from './contract-records.ts';

/** A record that a transform wrote. */
export interface DrivenRecord<V = unknown> {
  readonly key: string | null;
  readonly value: V;
  readonly timeMs: number;
}

/** What leaves by sinks, by contract; seen when it is committed. */
export interface DrivenOutputs {
  /** Throws `avro.value-invalid` when the contract does not take the value. */
  write(node: SinkNode, flow: Flow): void;
  uncommitted: { length(): number; takeBack(length: number): void };
  commit(): void;
  /** What was committed to a contract since it was last taken. */
  take(contract: string): DrivenRecord[];
}

export const createDrivenOutputs = (records: ContractRecords | undefined): DrivenOutputs => {
  const uncommitted: { readonly contract: string; readonly record: DrivenRecord }[] = [];
  const committed = new Map<string, DrivenRecord[]>();

  return {
    write({ contract }, { key, value, timeMs }) {
      const record =
        records === undefined || value === null
          ? { key, value, timeMs }
          : {
              key: records.keyOf(contract, value as object),
              value: records.written(contract, value as object),
              timeMs,
            };
      uncommitted.push({ contract, record });
    },
    uncommitted: {
      length: () => uncommitted.length,
      takeBack(length) {
        uncommitted.length = length;
      },
    },
    commit() {
      for (const { contract, record } of uncommitted.splice(0)) {
        const known = committed.get(contract) ?? [];
        known.push(record);
        committed.set(contract, known);
      }
    },
    take(contract) {
      const taken = committed.get(contract) ?? [];
      committed.delete(contract);
      return taken;
    },
  };
};
