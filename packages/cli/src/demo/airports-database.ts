import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { airportsCsv } from './datasets.ts';

/**
 * The customer's side of the demo: a PostgreSQL database with an airports table that is filled, changed
 * and read back. It knows nothing of Millrace.
 */
export interface Airport {
  readonly iata: string;
  readonly name: string;
  readonly city: string | null;
  readonly state: string | null;
  readonly country: string;
  readonly latitude: number;
  readonly longitude: number;
}

export interface AirportsDatabase {
  /** Whether there is such a table. */
  exists(): Promise<boolean>;
  /** Creates and fills the table; returns the number of airports. */
  load(): Promise<number>;
  /** Renames the airports of one state in a single transaction; returns how many. */
  renameAirportsOf(state: string): Promise<number>;
  updateOne(iata: string, name: string): Promise<void>;
  deleteOne(iata: string): Promise<void>;
  /** Every airport, ordered by key. */
  all(): Promise<readonly Airport[]>;
  close(): Promise<void>;
}

const CREATE_TABLE = `CREATE TABLE airports (
  iata text PRIMARY KEY,
  name text NOT NULL,
  city text,
  state text,
  country text NOT NULL,
  latitude double precision NOT NULL,
  longitude double precision NOT NULL)`;

export async function connectAirportsDatabase(postgresUrl: string): Promise<AirportsDatabase> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  return {
    async exists() {
      const answer = await client.query("SELECT to_regclass('airports') IS NOT NULL AS found");
      return answer.rows[0]?.found === true;
    },
    async load() {
      await client.query('DROP TABLE IF EXISTS airports');
      await client.query(CREATE_TABLE);
      const copy = client.query(copyFrom('COPY airports FROM STDIN (FORMAT csv, HEADER)'));
      await pipeline(airportsCsv(), copy);
      return copy.rowCount;
    },
    async renameAirportsOf(state) {
      const result = await client.query(
        `UPDATE airports SET name = name || ' (' || state || ')' WHERE state = $1`,
        [state],
      );
      return result.rowCount ?? 0;
    },
    async updateOne(iata, name) {
      await client.query('UPDATE airports SET name = $2 WHERE iata = $1', [iata, name]);
    },
    async deleteOne(iata) {
      await client.query('DELETE FROM airports WHERE iata = $1', [iata]);
    },
    async all() {
      const result = await client.query<Airport>(
        'SELECT iata, name, city, state, country, latitude, longitude FROM airports ORDER BY iata COLLATE "C"',
      );
      return result.rows;
    },
    close: () => client.end(),
  };
}
