/** Rows as a database answers them: columns of any type, nothing sorted, values as they are. */
import { unknownText } from '../format/numbers.ts';

export interface ValueTableProps {
  readonly label: string;
  readonly columns: readonly { readonly name: string; readonly type?: string }[];
  readonly rows: readonly (readonly unknown[])[];
  /** Columns whose values are hidden on purpose. */
  readonly masked?: readonly string[];
}

/** A value in one line. */
export const valueText = (value: unknown): string => {
  if (value === null || value === undefined) return unknownText;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

const numeric = /^(Nullable\(|LowCardinality\()*(U?Int|Float|Decimal)/;

export const ValueTable = ({ label, columns, rows, masked = [] }: ValueTableProps) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
  <section className="table-scroll" aria-label={label} tabIndex={0}>
    <table className="table data">
      <thead>
        <tr>
          {columns.map(({ name, type }) => (
            <th key={name} scope="col" className={numeric.test(type ?? '') ? 'end' : undefined}>
              {name}
              {masked.includes(name) && <span className="tag">masked</span>}
              {type !== undefined && <small>{type}</small>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows of an answer have no name and never move
          <tr key={index}>
            {columns.map(({ name, type }, column) => (
              <td
                key={name}
                className={numeric.test(type ?? '') ? 'end' : undefined}
                title={valueText(row[column])}
              >
                {valueText(row[column])}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);
