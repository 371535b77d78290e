/** What the demo's analyst asks: plain SQL over the views, as anyone would write it. */
export interface AnalystQuery {
  readonly title: string;
  readonly sql: string;
}

export const analystQueries: readonly AnalystQuery[] = [
  {
    title: 'Worst airports by mean delay (100 departures or more)',
    sql: `SELECT f.origin AS airport, a.name, a.city, a.state, count() AS departures,
       round(avg(f.delay_minutes), 1) AS mean_delay_min,
       round(countIf(f.delay_minutes > 15) / count() * 100) AS late_pct
FROM flights_departed AS f JOIN airports AS a ON a.iata = f.origin
GROUP BY f.origin, a.name, a.city, a.state
HAVING departures >= 100
ORDER BY mean_delay_min DESC LIMIT 8`,
  },
  {
    title: 'Busiest routes',
    sql: `SELECT f.origin AS origin, o.city AS origin_city, f.destination AS destination, d.city AS destination_city,
       count() AS flights, round(avg(f.delay_minutes), 1) AS mean_delay_min
FROM flights_departed AS f
JOIN airports AS o ON o.iata = f.origin
JOIN airports AS d ON d.iata = f.destination
GROUP BY 1, 2, 3, 4
ORDER BY flights DESC, origin LIMIT 5`,
  },
  {
    title: 'Delay by hour of departure',
    sql: `SELECT toHour(departed_at) AS hour, count() AS flights, round(avg(delay_minutes), 1) AS mean_delay_min
FROM flights_departed GROUP BY hour HAVING flights >= 100 ORDER BY mean_delay_min DESC LIMIT 5`,
  },
];
