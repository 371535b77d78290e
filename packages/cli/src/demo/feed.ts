/**
 * The example's producers against a platform that runs somewhere else, as in docker-compose.yml: the table of airports, flights over HTTP
 * at a steady rate, and now and then a changed airport. It starts no servers; `millrace demo` alone does.
 */
import { MillraceError } from '@millrace/contracts';
import { type Clock, systemClock } from '@millrace/pipeline';
import { type AirportsDatabase, connectAirportsDatabase } from './airports-database.ts';
import { type Flight, readFlights } from './datasets.ts';
import { sendFlights } from './send-flights.ts';

const FLIGHTS = 20_000;
const BATCH_RECORDS = 10;
const RENAME_EVERY_FLIGHTS = 500;

export interface FeedOptions {
  readonly ingestUrl: string;
  readonly postgresUrl: string;
  readonly eventsPerSecond: number;
  /** Ends after so many flights; never when absent. */
  readonly flights?: number;
  readonly signal: AbortSignal;
  /** Told what has been acknowledged since the last time. */
  readonly tell: (line: string) => void;
}

/** Makes the table of airports with the example's rows where there is none; what is there stays. @returns how many rows it made */
export async function prepareTable(postgresUrl: string): Promise<number> {
  const airports = await connectAirportsDatabase(postgresUrl);
  try {
    return (await airports.exists()) ? 0 : await airports.load();
  } finally {
    await airports.close();
  }
}

/** Sends flights until it is told to end. @returns how many were acknowledged */
export async function feed(options: FeedOptions, clock: Clock = systemClock): Promise<number> {
  const airports = await connectAirportsDatabase(options.postgresUrl);
  try {
    const { records } = await sendFlights({
      ingestUrl: options.ingestUrl,
      flights: flightsOfToday(options, airports, clock),
      batchRecords: Math.min(BATCH_RECORDS, options.flights ?? BATCH_RECORDS),
      concurrentRequests: 2,
      eventsPerSecond: options.eventsPerSecond,
      onAccepted: () => undefined,
      clock,
    });
    return records;
  } catch (cause) {
    if (options.signal.aborted) return 0;
    if (cause instanceof MillraceError) throw cause;
    throw new MillraceError('demo.send-refused', `${options.ingestUrl} does not answer`, { cause });
  } finally {
    await airports.close();
  }
}

/** The flights of 2001, round after round, each departing at the moment that it is sent and under an id that no other has. */
async function* flightsOfToday(
  options: FeedOptions,
  airports: AirportsDatabase,
  clock: Clock,
): AsyncIterable<Flight> {
  const run = clock.nowMs().toString(36);
  let sent = 0;
  while (!options.signal.aborted) {
    for await (const flight of readFlights(FLIGHTS)) {
      if (options.signal.aborted || sent === options.flights) return;
      sent += 1;
      if (sent % RENAME_EVERY_FLIGHTS === 0) {
        await airports.updateOne(flight.origin, `${flight.origin} (after flight ${sent})`);
        options.tell(`${sent} flights sent, ${flight.origin} renamed`);
      }
      yield {
        ...flight,
        flight_id: `${run}-${sent}`,
        departed_at: new Date(clock.nowMs()).toISOString(),
      };
    }
  }
}
