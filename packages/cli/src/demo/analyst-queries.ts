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
    sql: `SELECT origin, dictGet('airports_dictionary', 'city', origin) AS origin_city,
       destination, dictGet('airports_dictionary', 'city', destination) AS destination_city,
       count() AS flights, round(avg(delay_minutes), 1) AS mean_delay_min
FROM flights_departed GROUP BY origin, destination
ORDER BY flights DESC, origin LIMIT 5`,
  },
  {
    title: 'Delay on weekends, holidays and working days',
    sql: `SELECT multiIf(d.holiday IS NOT NULL, 'holiday', d.is_weekend, 'weekend', 'working day') AS kind,
       count() AS flights, round(avg(f.delay_minutes), 1) AS mean_delay_min
FROM flights_departed AS f JOIN dim_date AS d ON d.date = toDate(f.departed_at)
GROUP BY kind ORDER BY mean_delay_min DESC`,
  },
  {
    title: 'Worst ten minutes at an airport (made by a transform as flights come in)',
    sql: `SELECT window_start, airport, city, flights, late_flights, round(mean_delay_minutes, 1) AS mean_delay_min,
       worst_delay_minutes AS worst_delay_min
FROM flights_delays_by_airport WHERE flights >= 2
ORDER BY delay_minutes DESC, window_start, airport LIMIT 5`,
  },
  {
    title: 'Longest sessions of delay on a route (made by a transform)',
    sql: `SELECT origin, destination, started_at, dateDiff('minute', started_at, ended_at) AS lasted_min,
       late_flights, delay_minutes AS delay_min
FROM flights_route_delay_sessions
ORDER BY late_flights DESC, delay_minutes DESC, origin, destination LIMIT 5`,
  },
  {
    title: 'Delay by hour of departure',
    sql: `SELECT toHour(departed_at) AS hour, count() AS flights, round(avg(delay_minutes), 1) AS mean_delay_min
FROM flights_departed GROUP BY hour HAVING flights >= 100 ORDER BY mean_delay_min DESC LIMIT 5`,
  },
];
