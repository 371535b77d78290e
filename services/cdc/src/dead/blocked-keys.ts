/**
 * Keys whose row is behind: a change of theirs went to the dead letters. What tells their whole row makes the loss
 * moot and lets them go (an insert, a delete, an update with every value, a row of a snapshot); what does not would
 * build on a state that consumers never saw, and waits in the dead letters too. So a key needs no person to get
 * well, and nobody sees a row that never was. Facts of the state log `blocked/<schema>.<table>/<key, hex>`, in the
 * transaction of the records: a restart knows what the instance before knew.
 */
import { cdcStateTopic, MillraceError } from '@millrace/contracts';
import type { ChangeBatch } from '../change-batch.ts';
import type { TableName } from '../source/catalog.ts';

const PREFIX = 'blocked/';

export interface BlockedKeys {
  readonly size: number;
  /** The LSN of the change that blocked the key, decimal; `undefined` for a key that is not blocked. */
  waitsFor(table: TableName, key: string): string | undefined;
  /** Adds the fact to the batch. Throws `cdc.blocked-keys-full`. */
  block(table: TableName, key: string, lsn: number, batch: ChangeBatch): void;
  release(table: TableName, key: string, batch: ChangeBatch): void;
}

export interface BlockedOptions {
  readonly source: string;
  /** All facts of the state log; those of other kinds are passed over. */
  readonly remembered: ReadonlyMap<string, Buffer>;
  readonly keysMax: number;
  changed(count: number): void;
}

const factOf = ({ schema, table }: TableName, key: string): string =>
  `${PREFIX}${schema}.${table}/${key}`;

export const createBlockedKeys = (options: BlockedOptions): BlockedKeys => {
  const topic = cdcStateTopic(options.source);
  const blocked = new Map<string, string>();
  for (const [fact, value] of options.remembered) {
    if (fact.startsWith(PREFIX)) blocked.set(fact, value.toString());
  }
  options.changed(blocked.size);
  return {
    get size() {
      return blocked.size;
    },
    waitsFor: (table, key) => blocked.get(factOf(table, key)),
    block: (table, key, lsn, batch) => {
      const fact = factOf(table, key);
      if (blocked.has(fact)) return;
      if (blocked.size >= options.keysMax) {
        throw new MillraceError(
          'cdc.blocked-keys-full',
          `${blocked.size} keys are blocked by changes in dead.cdc, and another would be`,
        );
      }
      blocked.set(fact, String(lsn));
      batch.add(topic, 0, { key: Buffer.from(fact), value: Buffer.from(String(lsn)) });
      options.changed(blocked.size);
    },
    release: (table, key, batch) => {
      const fact = factOf(table, key);
      if (!blocked.delete(fact)) return;
      batch.add(topic, 0, { key: Buffer.from(fact), value: null });
      options.changed(blocked.size);
    },
  };
};
