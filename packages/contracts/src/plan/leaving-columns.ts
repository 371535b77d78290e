/**
 * Columns that a table has and its contract does not: they go, when that is asked for, after everything that reads them. One
 * whose field has another name now (its alias) leaves its values to the new column. That one begins with the old column as its
 * DEFAULT, so that it shows the values at once and those that are still written under the old name; they are written into it
 * before the old one goes.
 */
import { quoteName } from '../warehouse/sql-text.ts';
import type { TableColumn } from '../warehouse/warehouse-table.ts';
import type { ActualColumn, ActualTable } from './actual-table.ts';
import { isSameOrWider } from './column-types.ts';
import { executeStatement, sameExpression, type TableStep } from './table-step.ts';

type Columns = { readonly name: string; readonly columns: readonly TableColumn[] };

/** The column whose values this one takes over: of a name that its field had, of no other field, and of a type that fits. */
export const formerColumn = (
  wanted: TableColumn,
  shape: Columns,
  actual: ActualTable,
): ActualColumn | undefined =>
  actual.columns.find(
    ({ name, type }) =>
      (wanted.formerNames ?? []).includes(name) &&
      !shape.columns.some((column) => column.name === name) &&
      isSameOrWider(type, wanted.type),
  );

/** What the new column has for a DEFAULT until the old one is gone. */
export const heritage = ({ name }: ActualColumn): string => quoteName(name);

/** True for a column that still shows the old one's values where it has none. */
export const isInheriting = (found: ActualColumn | undefined, former: ActualColumn): boolean =>
  found === undefined || sameExpression(found.defaultExpression, heritage(former));

const inheritedSteps = (
  { name: table }: Columns,
  heir: TableColumn,
  { name, type }: ActualColumn,
): readonly TableStep[] => {
  const [alter, column] = [`ALTER TABLE ${quoteName(table)}`, quoteName(heir.name)];
  const own =
    heir.defaultExpression === undefined
      ? `MODIFY COLUMN ${column} REMOVE DEFAULT`
      : `MODIFY COLUMN ${column} ${heir.type} DEFAULT ${heir.defaultExpression}`;
  return [
    {
      ...{ kind: 'alter', target: 'table', name: table },
      line: `column ${heir.name}: write the values of ${name} into it`,
      ...executeStatement(`${alter} MATERIALIZE COLUMN ${column} SETTINGS mutations_sync = 2`),
    },
    {
      ...{ kind: 'destructive', target: 'table', name: table },
      line: `remove column ${name} ${type}, whose values are in ${heir.name}`,
      way: 'Apply with --allow-destructive when no sink and no query of before needs the old name any more.',
      ...executeStatement(`${alter} ${own}`, `${alter} DROP COLUMN ${quoteName(name)}`),
    },
  ];
};

/** The steps for columns that nobody declares any more; they come after the views and feeds that read them. */
export const leavingSteps = (shape: Columns, actual: ActualTable): readonly TableStep[] =>
  actual.columns
    .filter(({ name }) => !shape.columns.some((column) => column.name === name))
    .flatMap((left): readonly TableStep[] => {
      const heir = shape.columns.find((column) => {
        const found = actual.columns.find(({ name }) => name === column.name);
        return formerColumn(column, shape, actual) === left && isInheriting(found, left);
      });
      if (heir !== undefined) return inheritedSteps(shape, heir, left);
      const { name, type } = left;
      return [
        {
          ...{ kind: 'destructive', target: 'table', name: shape.name },
          line: `remove column ${name} ${type}: its values are lost`,
          way: 'Keep the field in the contract; or apply with --allow-destructive.',
          ...executeStatement(
            `ALTER TABLE ${quoteName(shape.name)} DROP COLUMN ${quoteName(name)}`,
          ),
        },
      ];
    });
