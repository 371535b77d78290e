/**
 * Tables whose shape readers of their topic cannot take, under the policy `dead_letter`: their rows wait in the dead
 * letters, whatever their key, until a shape comes that can be taken. Consumers then miss what happened meanwhile, so the
 * table is read anew beside the stream. Until that is done values that an update did not send are read again: they may
 * have changed while nobody looked. Facts of the state log `incompatible/<schema>.<table>`, in the transaction of the
 * rows; the table read anew has `mends` in its progress.
 */
import { MillraceError } from '@millrace/contracts';
import type { Logger } from '@millrace/pipeline';
import type { CapturedTable } from '../captured-table.ts';
import { readProgress } from '../snapshot/table-progress.ts';
import type { TableName } from '../source/catalog.ts';

const PREFIX = 'incompatible/';

export interface IncompatibleTables {
  /** Notes what became of a table whose shape was prepared; returns it as it is to be written. */
  settle(table: CapturedTable): CapturedTable;
}

export interface IncompatibleOptions {
  /** Facts of the state log. */
  readonly remembered: ReadonlyMap<string, Buffer>;
  /** Adds a fact to the open batch; null ends it. */
  note(fact: string, value: Buffer | null): void;
  readAnew(table: TableName): void;
  changed(count: number): void;
  readonly logger: Logger;
}

const nameOf = ({ shape }: CapturedTable): string => `${shape.schema}.${shape.table}`;

export const createIncompatibleTables = (options: IncompatibleOptions): IncompatibleTables => {
  const { logger, note, remembered } = options;
  const incompatible = new Set(
    [...remembered.keys()]
      .filter((key) => key.startsWith(PREFIX))
      .map((key) => key.slice(PREFIX.length)),
  );
  const mending = new Set(
    readProgress(remembered)
      .filter(({ mends, status }) => mends === true && status === 'running')
      .map(({ schema, table }) => `${schema}.${table}`),
  );
  options.changed(incompatible.size);

  const block = (name: string, why: string): void => {
    if (incompatible.has(name)) return;
    incompatible.add(name);
    note(`${PREFIX}${name}`, Buffer.from(JSON.stringify({ version: 1, why })));
    options.changed(incompatible.size);
    logger.error(
      { table: name, why, code: 'cdc.schema-incompatible' },
      'the table was altered so that readers of its topic cannot take it: its rows go to dead.cdc',
    );
  };

  const release = (name: string, { shape }: CapturedTable): void => {
    if (!incompatible.delete(name)) return;
    mending.add(name);
    note(`${PREFIX}${name}`, null);
    options.changed(incompatible.size);
    options.readAnew(shape);
    logger.info({ table: name }, 'the table is compatible again: it is read anew');
  };

  return {
    settle: (table) => {
      const name = nameOf(table);
      if (table.incompatible !== undefined) {
        block(name, table.incompatible);
        return table;
      }
      release(name, table);
      return mending.has(name) ? { ...table, rereads: true } : table;
    },
  };
};

/** Throws `cdc.schema-incompatible` for a table that a snapshot cannot begin with. */
export const compatibleOnly = (table: CapturedTable): CapturedTable => {
  if (table.incompatible === undefined) return table;
  throw incompatibleError(table, table.incompatible);
};

export const isIncompatible = (error: unknown): boolean =>
  error instanceof MillraceError && error.code === 'cdc.schema-incompatible';

export const incompatibleError = (
  { shape }: Pick<CapturedTable, 'shape'>,
  why: string,
): MillraceError =>
  new MillraceError('cdc.schema-incompatible', `"${shape.schema}.${shape.table}": ${why}`);
