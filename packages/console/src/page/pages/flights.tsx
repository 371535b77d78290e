/** The example's map: where flights are late, from the transform's derived table and the airports of PostgreSQL. */
import type { SqlResult } from '@millrace/operations';
import { lazy, Suspense } from 'react';
import { useSession } from '../api/session.ts';
import { formatCount, formatDecimal } from '../format/numbers.ts';
import { colorOf, radiusOf, type Step, stepsOf } from '../map/scale.ts';
import { Answered } from '../ui/answered.tsx';
import { Blank, Skeleton } from '../ui/blank.tsx';
import { Card, Figures } from '../ui/card.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Page } from '../ui/page.tsx';
import { useSql } from './use-sql.ts';

const UsMap = lazy(() => import('../map/us-map.tsx'));

/** All windows of an airport together. */
const sql = `SELECT d.airport, a.name, a.city, a.state, a.latitude, a.longitude,
       sum(d.flights) AS flights, sum(d.late_flights) AS late,
       sum(d.delay_minutes) / sum(d.flights) AS mean_delay
FROM flights_delays_by_airport AS d JOIN airports AS a ON a.iata = d.airport
GROUP BY ALL ORDER BY flights DESC`;
const everyMs = 5_000;
const radiusMax = 24;

interface Airport {
  readonly code: string;
  readonly name: string;
  readonly city: string;
  readonly state: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly flights: number;
  readonly late: number;
  readonly meanDelay: number;
}

const toAirport = (row: readonly unknown[]): Airport => ({
  ...{ code: String(row[0]), name: String(row[1]), city: String(row[2]), state: String(row[3]) },
  ...{ latitude: Number(row[4]), longitude: Number(row[5]), flights: Number(row[6]) },
  ...{ late: Number(row[7]), meanDelay: Number(row[8]) },
});

const textOf = ({ code, city, state, flights, late, meanDelay }: Airport): string =>
  `${code}, ${city} ${state}: ${formatCount(flights)} flights, ${formatCount(late)} late, ${formatDecimal(meanDelay)} min delay on average`;

const columns: readonly Column<Airport>[] = [
  {
    id: 'airport',
    header: 'Airport',
    kind: 'wide',
    value: ({ code }) => code,
    cell: ({ code, name, city, state }) => (
      <>
        <span className="strong">{code}</span> {name}
        <small>
          {city}, {state}
        </small>
      </>
    ),
  },
  {
    id: 'flights',
    header: 'Flights',
    kind: 'end',
    value: ({ flights }) => flights,
    cell: ({ flights }) => formatCount(flights),
  },
  {
    id: 'late',
    header: 'Late',
    kind: 'end',
    value: ({ late }) => late,
    cell: ({ late }) => formatCount(late),
  },
  {
    id: 'delay',
    header: 'Mean delay, min',
    kind: 'end',
    value: ({ meanDelay }) => meanDelay,
    cell: ({ meanDelay }) => formatDecimal(meanDelay),
  },
];

const Legend = ({ steps }: { steps: readonly Step[] }) => (
  <div className="legend">
    <span>Mean delay in minutes:</span>
    {steps.map(({ below, color }, index) => (
      <span key={below}>
        <i style={{ background: color }} />
        {Number.isFinite(below)
          ? `below ${formatDecimal(below)}`
          : `from ${formatDecimal(steps[index - 1]?.below ?? 0)}`}
      </span>
    ))}
    <span>A circle’s area is its flights.</span>
  </div>
);

const Flights = ({ result }: { result: SqlResult }) => {
  const airports = result.rows.map(toAirport);
  if (airports.length === 0)
    return (
      <Card title="Delays by airport">
        <Blank icon="map" title="No flight has departed yet">
          <p>
            <code>npm run demo</code> replays real flights of 2001; they appear here as they land.
          </p>
        </Blank>
      </Card>
    );
  const steps = stepsOf(airports.map(({ meanDelay }) => meanDelay));
  const largest = Math.max(...airports.map(({ flights }) => flights));
  const flights = airports.reduce((sum, airport) => sum + airport.flights, 0);
  const late = airports.reduce((sum, airport) => sum + airport.late, 0);
  return (
    <>
      <Figures
        figures={[
          { label: 'Flights', value: formatCount(flights) },
          { label: 'Late', value: formatCount(late) },
          { label: 'Airports', value: formatCount(airports.length) },
        ]}
      />
      <Card title="Delays by airport" padded>
        <div className="stack tight">
          <Legend steps={steps} />
          <Suspense fallback={<Skeleton lines={10} />}>
            <UsMap
              label="Airports by flights and delay; the table below lists them"
              places={airports.map((airport) => ({
                ...{ id: airport.code, latitude: airport.latitude, longitude: airport.longitude },
                radius: radiusOf(airport.flights, largest, radiusMax),
                color: colorOf(airport.meanDelay, steps),
                text: textOf(airport),
              }))}
            />
          </Suspense>
        </div>
      </Card>
      <Card title="Airports">
        <DataTable
          label="Airports"
          columns={columns}
          rows={airports}
          rowKey={({ code }) => code}
          sort="flights.desc"
        />
      </Card>
    </>
  );
};

const FlightsPage = () => {
  const answer = useSql(sql, { everyMs, limit: 1_000 });
  const { sqlRole } = useSession();
  return (
    <Page
      title="Flights map"
      lead="Where flights depart late: windows of ten minutes that a transform derives from departures, joined with the airports captured from PostgreSQL."
      live={answer}
    >
      {answer.error?.status === 403 ? (
        <Card title="Delays by airport">
          <Blank icon="lock" title="The map asks ClickHouse by SQL">
            <p>
              {sqlRole === null ? 'SQL is switched off here.' : `That needs the role ${sqlRole}.`}
            </p>
          </Blank>
        </Card>
      ) : answer.error?.code.startsWith('clickhouse.') && answer.data === undefined ? (
        <Card title="Delays by airport">
          <Blank icon="map" title="This project has no flights">
            <p>The map belongs to the example. {answer.error.message}</p>
          </Blank>
        </Card>
      ) : (
        <Answered answer={answer} lines={12}>
          {(result) => <Flights result={result} />}
        </Answered>
      )}
    </Page>
  );
};

export default FlightsPage;
