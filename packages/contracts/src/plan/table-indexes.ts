import type { SkipIndex } from '../contract.ts';
import { quoteName } from '../warehouse/sql-text.ts';
import { indexDdl } from '../warehouse/table-ddl.ts';
import type { TableShape } from '../warehouse/warehouse-table.ts';
import type { ActualTable } from './actual-table.ts';
import { executeStatement, sameExpression, type TableStep } from './table-step.ts';

/**
 * The skip indexes of one table as wanted against those it has. An index that is added serves new parts at
 * once and old ones as they merge; building it for all of them is left to a person, since it reads the table.
 */
const sameIndex = (wanted: SkipIndex, found: SkipIndex): boolean =>
  sameExpression(wanted.column, found.column) &&
  sameExpression(wanted.type, found.type) &&
  wanted.granularity === found.granularity;

const alter = (shape: TableShape, line: string, change: string): TableStep => ({
  kind: 'alter',
  target: 'table',
  name: shape.name,
  line,
  ...executeStatement(`ALTER TABLE ${quoteName(shape.name)} ${change}`),
});

/** Indexes that the contract does not name are left alone, but those of our own naming are removed. */
export const indexSteps = (shape: TableShape, actual: ActualTable): readonly TableStep[] => {
  const found = actual.indexes ?? [];
  const wanted = shape.indexes.flatMap((index): readonly TableStep[] => {
    const same = found.find(({ name }) => name === index.name);
    const add = alter(
      shape,
      `add index ${index.name} (${index.type}): new parts have it, old ones as they merge`,
      `ADD INDEX IF NOT EXISTS ${indexDdl(index)}`,
    );
    if (same === undefined) return [add];
    if (sameIndex(index, same)) return [];
    return [
      alter(shape, `index ${index.name} changes`, `DROP INDEX IF EXISTS ${quoteName(index.name)}`),
      add,
    ];
  });
  const dropped = found
    .filter(({ name }) => name.startsWith('idx_'))
    .filter(({ name }) => !shape.indexes.some((index) => index.name === name))
    .map(({ name }) =>
      alter(shape, `remove index ${name}`, `DROP INDEX IF EXISTS ${quoteName(name)}`),
    );
  return [...wanted, ...dropped];
};
