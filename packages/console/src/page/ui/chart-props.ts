/** What a chart is told. */
import type { Series } from '@millrace/operations';

export interface ChartLine {
  readonly name: string;
  readonly series: Series;
}

export interface ChartProps {
  /** What it shows, e.g. `Lag in seconds`. */
  readonly label: string;
  readonly lines: readonly ChartLine[];
  readonly format: (value: number) => string;
  readonly kind?: 'line' | 'bar';
  /** A level that is promised. */
  readonly level?: { readonly name: string; readonly value: number } | undefined;
  readonly height?: number;
}
