/** A chart over time. What draws it is loaded when the first one is seen; a sentence says the same to those who listen. */
import { lazy, Suspense } from 'react';
import { Blank } from './blank.tsx';
import type { ChartProps } from './chart-props.ts';

const Canvas = lazy(() => import('./chart-canvas.tsx'));
const defaultHeight = 210;

/** `Lag in seconds: now 3 s, highest 40 s.` */
const sentence = ({ label, lines, format }: ChartProps): string => {
  const parts = lines.map(({ name, series }) => {
    const values = series.values.filter((value) => value !== null);
    const last = values.at(-1);
    if (last === undefined) return `${name} not measured`;
    const highest = values.reduce((a, b) => Math.max(a, b), last);
    return `${name} last ${format(last)}, highest ${format(highest)}`;
  });
  return `${label}: ${parts.join('; ')}.`;
};

export const Chart = (props: ChartProps) => {
  const { lines, height = defaultHeight } = props;
  const isEmpty = lines.every(({ series }) => series.values.every((value) => value === null));
  if (isEmpty)
    return (
      <Blank title="Nothing was measured in this time">
        <p>Points appear with the first rounds of the service.</p>
      </Blank>
    );
  return (
    <div className="chart" role="img" aria-label={sentence(props)} style={{ height }}>
      <Suspense fallback={null}>
        <Canvas {...props} />
      </Suspense>
    </div>
  );
};
