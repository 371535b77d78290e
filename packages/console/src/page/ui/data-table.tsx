/** A table of things that can be sorted, with its order in the URL. On a phone each row is a card. */
import {
  type ColumnDef,
  createSortedRowModel,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { type ReactNode, useMemo, useState } from 'react';
import { formatCount } from '../format/numbers.ts';
import { useUrlState } from '../url-state.ts';
import { Icon } from './icon.tsx';

export interface Column<T> {
  readonly id: string;
  readonly header: string;
  /** What it is sorted by, and what is shown unless `cell` says otherwise. Null goes to the end, whatever the order. */
  readonly value: (row: T) => string | number | null;
  readonly cell?: (row: T) => ReactNode;
  /** `end` for numbers; `wide` for texts that need their own line on a phone. */
  readonly kind?: 'end' | 'wide';
  /** Holds buttons or links, nothing to sort by. */
  readonly fixed?: boolean;
}

export interface DataTableProps<T> {
  /** What the table holds, for those who listen. */
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string;
  /** `<column>.asc` or `.desc`, before a person chooses. */
  readonly sort?: string;
  /** Name of the order in the URL; another one for a second table of a page. */
  readonly urlName?: string;
  readonly empty?: ReactNode;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });
const rowsShown = 200;

/** Rows without a value are last in both orders. */
const compare = (a: unknown, b: unknown): number => {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
};

const toDefinition = <T extends object>(column: Column<T>): ColumnDef<typeof features, T> => ({
  id: column.id,
  header: column.header,
  accessorFn: (row) => column.value(row) ?? undefined,
  sortUndefined: 'last',
  sortFn: (a, b, id) => compare(a.getValue(id), b.getValue(id)),
  sortDescFirst: column.kind === 'end',
});

const toSorting = (text: string): SortingState => {
  const [, id, direction] = /^(.*)\.(asc|desc)$/.exec(text) ?? [];
  return id === undefined ? [] : [{ id, desc: direction === 'desc' }];
};

export const DataTable = <T extends object>(props: DataTableProps<T>) => {
  const { label, columns, rows, rowKey, sort = '', urlName = 'sort', empty } = props;
  const [order, setOrder] = useUrlState(urlName, sort);
  const [shown, setShown] = useState(rowsShown);
  const definitions = useMemo(() => columns.map(toDefinition), [columns]);
  const sorting = useMemo(() => toSorting(order), [order]);
  const table = useTable({
    features,
    columns: definitions,
    data: rows,
    state: { sorting },
    getRowId: rowKey,
    enableSortingRemoval: false,
    onSortingChange: (change) => {
      const [first] = typeof change === 'function' ? change(sorting) : change;
      setOrder(first === undefined ? '' : `${first.id}.${first.desc ? 'desc' : 'asc'}`);
    },
  });
  const sorted = table.getRowModel().rows;
  if (rows.length === 0 && empty !== undefined) return empty;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <section className="table-scroll" aria-label={label} tabIndex={0}>
        <table className="table cards">
          <thead>
            <tr>
              {table.getHeaderGroups()[0]?.headers.map((header) => {
                const sorted = header.column.getIsSorted();
                const column = columns.find(({ id }) => id === header.id);
                return (
                  <th
                    key={header.id}
                    scope="col"
                    className={column?.kind}
                    aria-sort={ariaSort(sorted)}
                  >
                    {column?.fixed === true ? (
                      column.header
                    ) : (
                      <button type="button" onClick={header.column.getToggleSortingHandler()}>
                        {column?.header}
                        {sorted !== false && (
                          <Icon name={sorted === 'desc' ? 'down' : 'up'} size={11} />
                        )}
                      </button>
                    )}
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, shown).map(({ id, original }) => (
              <tr key={id}>
                {columns.map((column) => (
                  <td key={column.id} className={column.kind} data-label={column.header}>
                    {column.cell === undefined
                      ? (column.value(original) ?? '–')
                      : column.cell(original)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {sorted.length > shown && (
        <div className="table-more row">
          <button type="button" className="button" onClick={() => setShown(shown + rowsShown * 5)}>
            Show more
          </button>
          <span className="muted">
            {formatCount(shown)} of {formatCount(sorted.length)}
          </span>
        </div>
      )}
    </>
  );
};

const ariaSort = (sorted: false | 'asc' | 'desc') => {
  if (sorted === false) return undefined;
  return sorted === 'desc' ? 'descending' : 'ascending';
};
