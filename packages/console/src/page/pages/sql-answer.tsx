/** The answer of a query, as a table, a chart or a map, whichever it can be. */
import type { SqlResult } from '@millrace/operations';
import { lazy, Suspense } from 'react';
import { formatBytes, formatCount, formatDecimal } from '../format/numbers.ts';
import { formatMs } from '../format/times.ts';
import { type MapColumns, mapColumns, numberOf } from '../map/map-columns.ts';
import { colorOf, radiusOf, stepsOf } from '../map/scale.ts';
import { Blank, Skeleton } from '../ui/blank.tsx';
import { Card } from '../ui/card.tsx';
import { Choice } from '../ui/choice.tsx';
import { ValueTable, valueText } from '../ui/value-table.tsx';
import { useUrlState } from '../url-state.ts';

const UsMap = lazy(() => import('../map/us-map.tsx'));
const ResultChart = lazy(() => import('./result-chart.tsx'));

const saved = (result: SqlResult): string => {
  const line = (values: readonly unknown[]) =>
    values
      .map((value) => (value === null ? '' : valueText(value)))
      .map((text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
      .join(',');
  return [line(result.columns.map(({ name }) => name)), ...result.rows.map(line)].join('\n');
};

const save = (result: SqlResult): void => {
  const url = URL.createObjectURL(new Blob([saved(result)], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'result.csv';
  link.click();
  URL.revokeObjectURL(url);
};

const ResultMap = ({ result, columns }: { result: SqlResult; columns: MapColumns }) => {
  const at = (row: readonly unknown[], index: number | undefined) =>
    index === undefined ? undefined : numberOf(row[index]);
  const values = result.rows.map((row) => at(row, columns.value) ?? 1);
  const steps = stepsOf(values);
  const largest = values.reduce((a, b) => Math.max(a, b), 0);
  const text = (row: readonly unknown[]) =>
    result.columns
      .map(({ name }, index) => {
        const number = numberOf(row[index]);
        return `${name} ${number === undefined ? valueText(row[index]) : formatDecimal(number)}`;
      })
      .join(', ');
  const isPlaced = columns.latitude !== undefined;
  return (
    <UsMap
      label="The result on a map; the table lists it"
      places={
        isPlaced
          ? result.rows.map((row, index) => ({
              id: String(index),
              latitude: at(row, columns.latitude) ?? 0,
              longitude: at(row, columns.longitude) ?? 0,
              radius: radiusOf(values[index] ?? 1, largest, 20),
              color: colorOf(values[index] ?? 1, steps),
              text: text(row),
            }))
          : []
      }
      shades={
        isPlaced
          ? []
          : result.rows.map((row, index) => ({
              state: String(row[columns.state ?? 0]),
              color: colorOf(values[index] ?? 1, steps),
              text: text(row),
            }))
      }
    />
  );
};

export const SqlAnswer = ({ result }: { result: SqlResult }) => {
  const [shape, setShape] = useUrlState('as', 'table');
  const names = result.columns.map(({ name }) => name);
  const onMap = mapColumns(names, result.rows);
  const hasNumbers =
    result.columns.length > 1 &&
    names.some((_, at) => numberOf(result.rows[0]?.[at]) !== undefined);
  const shapes = [
    ['table', 'Table'] as const,
    ...(hasNumbers ? [['chart', 'Chart'] as const] : []),
    ...(onMap !== undefined ? [['map', 'Map'] as const] : []),
  ];
  const shown = shapes.some(([id]) => id === shape) ? shape : 'table';
  return (
    <Card
      title={`${formatCount(result.rows.length)} rows${result.cut ? ', and more' : ''}`}
      aside={
        <>
          <span className="muted">
            {formatMs(result.elapsedMs)}, read {formatCount(result.rowsRead)} rows,{' '}
            {formatBytes(result.bytesRead)}
          </span>
          <button type="button" className="button" onClick={() => save(result)}>
            CSV
          </button>
          <Choice label="Shown as" options={shapes} value={shown} choose={setShape} />
        </>
      }
    >
      {result.rows.length === 0 && <Blank icon="tables" title="No row is like this" />}
      {shown === 'table' && result.rows.length > 0 && (
        <ValueTable label="Result" columns={result.columns} rows={result.rows} />
      )}
      <Suspense fallback={<Skeleton />}>
        {shown === 'chart' && <ResultChart result={result} />}
        {shown === 'map' && onMap !== undefined && (
          <div className="inside">
            <ResultMap result={result} columns={onMap} />
          </div>
        )}
      </Suspense>
    </Card>
  );
};
