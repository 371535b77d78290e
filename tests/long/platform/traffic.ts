/**
 * What comes into the platform during a test: flights over HTTP by the published client, and changes of the airports in
 * PostgreSQL. Both go on, at a pace, until they are stopped; each event has an outcome, which is counted.
 */
import { createClient } from '@millrace/client';
import { type PostgresDatabase, pace } from '@millrace/testkit';

export interface TrafficReport {
  /** Events that the door has taken: `accepted` and `duplicate` of the client. */
  readonly accepted: number;
  /** Events that the client gave up on, or that were refused; with what it said. */
  readonly lost: readonly string[];
  /** What the door answered, by status; `cut` where a connection broke without an answer. */
  readonly answers: Readonly<Record<string, number>>;
  /** Statements on the table of airports. */
  readonly changes: number;
}

export interface Traffic {
  /** So far. */
  report(): TrafficReport;
  /** Called when so many more events were taken, ms since the epoch. */
  onAccepted(listener: (events: number, atMs: number) => void): void;
  /** Ends with everything that was begun. */
  stop(): Promise<TrafficReport>;
}

export interface TrafficOptions {
  readonly doorUrl: string;
  readonly database: PostgresDatabase;
  /** Number of the first event; those before were sent by others. 0 when left out. */
  readonly firstEvent?: number;
  /** Clients side by side, each with a connection of its own. */
  readonly clients: number;
  readonly batchEvents: number;
  /** Between two batches of a client. */
  readonly intervalMs: number;
}

/** The customer's table, filled with as many airports as flights go between. */
export const airportsDdl = `create table airports (
  iata text primary key, name text not null, city text, state text, country text not null,
  latitude double precision not null, longitude double precision not null);
  insert into airports select chr(65 + g / 26) || chr(65 + g % 26) || 'X', 'Airport ' || g, 'City ' || g, 'TX', 'USA', g, -g
  from generate_series(0, 39) g`;

const airport = (index: number): string =>
  `${String.fromCharCode(65 + Math.floor((index % 40) / 26))}${String.fromCharCode(65 + ((index % 40) % 26))}X`;

/** Event time goes on by a second an event, so that windows open and close and none is late. */
const departure = (index: number) => ({
  flight_id: `R${index}`,
  departed_at: new Date(Date.UTC(2026, 0, 1) + index * 1_000).toISOString(),
  // One in a hundred is refused by the transform.
  delay_minutes: index % 100 === 99 ? 400 : (index % 200) - 20,
  distance_miles: 100 + (index % 2_400),
  origin: airport(index),
  destination: airport(index * 7 + 3),
});

export function startTraffic(options: TrafficOptions): Traffic {
  const answers: Record<string, number> = {};
  const count = (answer: string): void => {
    answers[answer] = (answers[answer] ?? 0) + 1;
  };
  const counted: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init).catch((error: unknown) => {
      count('cut');
      throw error;
    });
    count(String(answer.status));
    return answer;
  };
  let [accepted, next, changes] = [0, options.firstEvent ?? 0, 0];
  let isOver = false;
  const lost: string[] = [];
  const listeners: ((events: number, atMs: number) => void)[] = [];

  const client = async (): Promise<void> => {
    const door = createClient({ url: options.doorUrl, deadlineMs: 600_000, fetch: counted });
    while (!isOver) {
      const results = await Promise.all(
        Array.from({ length: options.batchEvents }, () =>
          door.send('flights.departed', departure(next++)),
        ),
      );
      const taken = results.filter(({ status }) => status === 'accepted' || status === 'duplicate');
      accepted += taken.length;
      for (const listener of listeners) listener(taken.length, Date.now());
      for (const result of results)
        if (result.status === 'rejected' || result.status === 'unsent') lost.push(result.message);
      await pace(options.intervalMs);
    }
    await door.close();
  };
  const changer = async (): Promise<void> => {
    while (!isOver) {
      const [iata, turn] = [airport(changes * 3), changes];
      if (turn % 10 === 9) {
        await options.database.query('delete from airports where iata = $1', [iata]);
      } else {
        await options.database.query(
          `insert into airports values ($1, $2, 'City', 'TX', 'USA', $3, 1) on conflict (iata)
           do update set name = excluded.name, latitude = excluded.latitude`,
          [iata, `Airport in turn ${turn}`, turn],
        );
      }
      changes += 1;
      await pace(options.intervalMs);
    }
  };
  const running = Promise.all([changer(), ...Array.from({ length: options.clients }, client)]);
  const report = (): TrafficReport => ({
    ...{ accepted, changes },
    ...{ lost: [...lost], answers: { ...answers } },
  });
  return {
    report,
    onAccepted: (listener) => listeners.push(listener),
    stop: async () => {
      isOver = true;
      await running;
      return report();
    },
  };
}
