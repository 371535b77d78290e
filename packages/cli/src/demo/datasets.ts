import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';

/**
 * The demo's real data, out of the npm package vega-datasets: flights in the United States in 2001 and the
 * airports of the country. The files give local wall-clock times without a zone; they are read as UTC.
 */

/** One flight as the contract `flights.departed` wants it. */
export interface Flight {
  readonly flight_id: string;
  readonly departed_at: string;
  readonly delay_minutes: number;
  readonly distance_miles: number;
  readonly origin: string;
  readonly destination: string;
}

/** Rows of flights-20k.json: the default run. */
const SMALL_FILE_ROWS = 20_000;
/** Parquet rows decoded at once: bounds the demo's own memory. */
const PARQUET_CHUNK_ROWS = 50_000;

const dataFile = (name: string): string =>
  join(dirname(fileURLToPath(import.meta.resolve('vega-datasets'))), '..', 'data', name);

/** The first `rows` flights: from the JSON file up to 20,000, from the Parquet file (3,000,000) beyond. */
export function readFlights(rows: number): AsyncIterable<Flight> {
  return rows <= SMALL_FILE_ROWS ? readJsonFlights(rows) : readParquetFlights(rows);
}

/** airports.csv as a stream of CSV text with a header line. */
export const airportsCsv = (): Readable => createReadStream(dataFile('airports.csv'));

interface JsonFlight {
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

async function* readJsonFlights(rows: number): AsyncIterable<Flight> {
  const text = await readFile(dataFile('flights-20k.json'), 'utf8');
  const flights = JSON.parse(text) as JsonFlight[];
  for (let index = 0; index < Math.min(rows, flights.length); index += 1) {
    const flight = flights[index]!;
    yield {
      flight_id: `2001-${String(index + 1).padStart(7, '0')}`,
      departed_at: `${flight.date.replaceAll('/', '-').replace(' ', 'T')}:00Z`,
      delay_minutes: flight.delay,
      distance_miles: flight.distance,
      origin: flight.origin,
      destination: flight.destination,
    };
  }
}

interface ParquetFlight {
  readonly date: Date;
  readonly delay: bigint;
  readonly distance: bigint;
  readonly origin: string;
  readonly destination: string;
}

async function* readParquetFlights(rows: number): AsyncIterable<Flight> {
  const file = await asyncBufferFromFile(dataFile('flights-3m.parquet'));
  const metadata = await parquetMetadataAsync(file);
  const total = Math.min(rows, Number(metadata.num_rows));
  const compressors = { ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)) };
  for (let start = 0; start < total; start += PARQUET_CHUNK_ROWS) {
    const rowEnd = Math.min(total, start + PARQUET_CHUNK_ROWS);
    const chunk = (await parquetReadObjects({
      file,
      metadata,
      compressors,
      rowStart: start,
      rowEnd,
    })) as unknown as ParquetFlight[];
    for (let index = 0; index < chunk.length; index += 1) {
      const flight = chunk[index]!;
      yield {
        flight_id: `2001-${String(start + index + 1).padStart(7, '0')}`,
        departed_at: flight.date.toISOString(),
        delay_minutes: Number(flight.delay),
        distance_miles: Number(flight.distance),
        origin: flight.origin,
        destination: flight.destination,
      };
    }
  }
}
