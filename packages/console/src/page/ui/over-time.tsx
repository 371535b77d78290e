/** How something went: charts beside each other over hours that a person chooses; the hours stand in the URL. */
import type { ReactNode } from 'react';
import { every, useApi } from '../api/use-api.ts';
import { useUrlState } from '../url-state.ts';
import { Answered } from './answered.tsx';
import { Card } from './card.tsx';
import { Chart } from './chart.tsx';
import type { ChartProps } from './chart-props.ts';
import { Choice, hourOptions } from './choice.tsx';

export interface OverTimeProps<T> {
  /** What is asked, below `/api/v1`, with the hours beside `query`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Before a person chooses. */
  readonly hours: (typeof hourOptions)[number][0];
  /** What else may be chosen. */
  readonly aside?: ReactNode;
  readonly charts: (history: T) => readonly (ChartProps & { readonly title: string })[];
}

export const OverTime = <T,>({ path, query, hours: first, aside, charts }: OverTimeProps<T>) => {
  const [hours, setHours] = useUrlState('hours', first);
  const history = useApi<T>(path, { ...query, hours }, { everyMs: every.slow, keep: true });
  return (
    <Card
      title="Over time"
      padded
      aside={
        <>
          {aside}
          <Choice label="Time" options={hourOptions} value={hours} choose={setHours} />
        </>
      }
    >
      <Answered answer={history}>
        {(data) => (
          <div className="grid">
            {charts(data).map(({ title, ...chart }) => (
              <figure key={title}>
                <h3>{title}</h3>
                <Chart {...chart} />
              </figure>
            ))}
          </div>
        )}
      </Answered>
    </Card>
  );
};
