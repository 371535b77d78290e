// Made by `millrace contracts types --for transforms`; change the contracts, not this file.
import '@millrace/streams';

/** An airport, as the operations database knows it. */
export interface FlightsAirports {
  /** IATA code. */
  readonly iata: string;
  /** Name of the airport. */
  readonly name: string;
  /** City served. */
  readonly city: null | string;
  /** State, two letters. */
  readonly state: null | string;
  /** Country. */
  readonly country: string;
  /** Degrees north. */
  readonly latitude: number;
  /** Degrees east. */
  readonly longitude: number;
}

/** An airport, as the operations database knows it. */
export interface FlightsAirportsToWrite {
  /** IATA code. */
  readonly iata: string;
  /** Name of the airport. */
  readonly name: string;
  /** City served. */
  readonly city?: null | string | undefined;
  /** State, two letters. */
  readonly state?: null | string | undefined;
  /** Country. */
  readonly country: string;
  /** Degrees north. */
  readonly latitude: number;
  /** Degrees east. */
  readonly longitude: number;
}

/** How late the flights of one airport were that departed within ten minutes. */
export interface FlightsDelaysByAirport<Long = number> {
  /** IATA code of the airport of departure. */
  readonly airport: string;
  /** Beginning of the ten minutes, inclusive. Milliseconds since 1970 UTC. */
  readonly window_start: Long;
  /** End of the ten minutes, exclusive. Milliseconds since 1970 UTC. */
  readonly window_end: Long;
  /** Of the airport, as it was known when the result was made. */
  readonly city: null | string;
  /** Of the airport, as it was known when the result was made. */
  readonly state: null | string;
  /** Departures in the window. */
  readonly flights: Long;
  /** Of them, those more than 15 minutes late. */
  readonly late_flights: Long;
  /** Sum of their delays, minutes. */
  readonly delay_minutes: Long;
  /** Mean of their delays, minutes. */
  readonly mean_delay_minutes: number;
  /** The largest of their delays, minutes. */
  readonly worst_delay_minutes: number;
}

/** How late the flights of one airport were that departed within ten minutes. */
export interface FlightsDelaysByAirportToWrite<Long = number> {
  /** IATA code of the airport of departure. */
  readonly airport: string;
  /** Beginning of the ten minutes, inclusive. Milliseconds since 1970 UTC. */
  readonly window_start: Long;
  /** End of the ten minutes, exclusive. Milliseconds since 1970 UTC. */
  readonly window_end: Long;
  /** Of the airport, as it was known when the result was made. */
  readonly city?: null | string | undefined;
  /** Of the airport, as it was known when the result was made. */
  readonly state?: null | string | undefined;
  /** Departures in the window. */
  readonly flights: Long;
  /** Of them, those more than 15 minutes late. */
  readonly late_flights: Long;
  /** Sum of their delays, minutes. */
  readonly delay_minutes: Long;
  /** Mean of their delays, minutes. */
  readonly mean_delay_minutes: number;
  /** The largest of their delays, minutes. */
  readonly worst_delay_minutes: number;
}

/** A flight left its origin. */
export interface FlightsDeparted<Long = number> {
  /** Identifies the departure; sending it again changes nothing. */
  readonly flight_id: string;
  /** When the flight departed. Milliseconds since 1970 UTC. */
  readonly departed_at: Long;
  /** Arrival delay in minutes; negative when early. */
  readonly delay_minutes: number;
  /** Great circle distance flown, in miles. */
  readonly distance_miles: number;
  /** IATA code of the airport of departure. */
  readonly origin: string;
  /** IATA code of the airport of arrival. */
  readonly destination: string;
}

/** A departure that no statistic counts, with the reason. */
export interface FlightsRefusedDepartures<Long = number> {
  /** As in flights.departed. */
  readonly flight_id: string;
  /** When the flight departed. Milliseconds since 1970 UTC. */
  readonly departed_at: Long;
  /** Arrival delay in minutes. */
  readonly delay_minutes: number;
  /** Great circle distance flown, in miles. */
  readonly distance_miles: number;
  /** IATA code of the airport of departure. */
  readonly origin: string;
  /** IATA code of the airport of arrival. */
  readonly destination: string;
  /** Why it is left out of the statistics. */
  readonly reason: string;
}

/** A stretch of time in which flights of one route were late one after the other. */
export interface FlightsRouteDelaySessions<Long = number> {
  /** IATA code of the airport of departure. */
  readonly origin: string;
  /** IATA code of the airport of arrival. */
  readonly destination: string;
  /** Departure of the first late flight. Milliseconds since 1970 UTC. */
  readonly started_at: Long;
  /** Departure of the last late flight. Milliseconds since 1970 UTC. */
  readonly ended_at: Long;
  /** Late flights in the session. */
  readonly late_flights: Long;
  /** Sum of their delays, minutes. */
  readonly delay_minutes: Long;
  /** The largest of their delays, minutes. */
  readonly worst_delay_minutes: number;
}

/** What was sent again of the rejected events, by whom, and what became of it. */
export interface MillraceRedrivenEvents<Long = number> {
  /** Names this sending. */
  readonly redrive_id: string;
  /** What was sent again. */
  readonly rejection_id: string;
  /** The contract it was sent to. */
  readonly stream: string;
  /** When the door answered. Milliseconds since 1970 UTC. */
  readonly redriven_at: Long;
  /** accepted, duplicate (it had been accepted before) or rejected. */
  readonly outcome: string;
  /** Why it was rejected again. */
  readonly code: null | string;
  /** JSON: what was changed in the event before. */
  readonly repair: null | string;
  /** User and host of the command. */
  readonly redriven_by: string;
}

/** What was sent again of the rejected events, by whom, and what became of it. */
export interface MillraceRedrivenEventsToWrite<Long = number> {
  /** Names this sending. */
  readonly redrive_id: string;
  /** What was sent again. */
  readonly rejection_id: string;
  /** The contract it was sent to. */
  readonly stream: string;
  /** When the door answered. Milliseconds since 1970 UTC. */
  readonly redriven_at: Long;
  /** accepted, duplicate (it had been accepted before) or rejected. */
  readonly outcome: string;
  /** Why it was rejected again. */
  readonly code?: null | string | undefined;
  /** JSON: what was changed in the event before. */
  readonly repair?: null | string | undefined;
  /** User and host of the command. */
  readonly redriven_by: string;
}

/** Events that the door refused and rows that a load did, each with its bytes and the reason. */
export interface MillraceRejectedEvents<Long = number> {
  /** Names this rejection, for show and redrive. */
  readonly rejection_id: string;
  /** The contract that the event was sent to. */
  readonly stream: string;
  /** When the request came or the row was read. Milliseconds since 1970 UTC. */
  readonly rejected_at: Long;
  /** The error code that the sender was told. */
  readonly code: string;
  /** What the sender was told. It may quote the event. */
  readonly message: string;
  /** JSON: each problem with path, rule and message. It may quote the event. */
  readonly problems: string;
  /** Index of the event in its request or file; null when the whole body could not be read. */
  readonly position: null | number;
  /** The id that the sender gave; null when there was none outside the event. */
  readonly event_id: null | string;
  /** The key that was sent with the request. */
  readonly idempotency_key: null | string;
  /** CloudEvents source, as sent. */
  readonly event_source: null | string;
  /** CloudEvents type, as sent. */
  readonly event_type: null | string;
  /** CloudEvents time, as sent. */
  readonly event_time: null | string;
  /** JSON: further CloudEvents attributes, by their header names. */
  readonly event_extensions: null | string;
  /** Content type under which the content can be sent again. */
  readonly media_type: string;
  /** The event as it came, byte for byte; of a row what was made of it, as JSON. Read it with care. */
  readonly content: Uint8Array;
  /** How many bytes came. */
  readonly content_bytes: Long;
  /** True when content is only the beginning: the event was too large to be kept. */
  readonly is_cut: boolean;
  /** Key or subject that sent it; null where the door asks for none. */
  readonly sender_id: null | string;
  /** What the key is called. */
  readonly sender_name: null | string;
  /** How often it had been sent again before: 0 the first time. */
  readonly attempt: number;
  /** Of a row that was loaded or pulled: the source. Null of what was sent to the door. */
  readonly pull_source: null | string;
  /** Its file, object or feed. */
  readonly part: null | string;
  /** Which version of it: a digest, an ETag. */
  readonly part_version: null | string;
  /** The row in it, from 1. */
  readonly row_number: null | Long;
  /** The line in which the row begins, from 1; null of formats without lines. */
  readonly line_number: null | Long;
  /** The column of the row that could not be read, from 1. */
  readonly column_number: null | number;
}

/** Events that the door refused and rows that a load did, each with its bytes and the reason. */
export interface MillraceRejectedEventsToWrite<Long = number> {
  /** Names this rejection, for show and redrive. */
  readonly rejection_id: string;
  /** The contract that the event was sent to. */
  readonly stream: string;
  /** When the request came or the row was read. Milliseconds since 1970 UTC. */
  readonly rejected_at: Long;
  /** The error code that the sender was told. */
  readonly code: string;
  /** What the sender was told. It may quote the event. */
  readonly message: string;
  /** JSON: each problem with path, rule and message. It may quote the event. */
  readonly problems: string;
  /** Index of the event in its request or file; null when the whole body could not be read. */
  readonly position?: null | number | undefined;
  /** The id that the sender gave; null when there was none outside the event. */
  readonly event_id?: null | string | undefined;
  /** The key that was sent with the request. */
  readonly idempotency_key?: null | string | undefined;
  /** CloudEvents source, as sent. */
  readonly event_source?: null | string | undefined;
  /** CloudEvents type, as sent. */
  readonly event_type?: null | string | undefined;
  /** CloudEvents time, as sent. */
  readonly event_time?: null | string | undefined;
  /** JSON: further CloudEvents attributes, by their header names. */
  readonly event_extensions?: null | string | undefined;
  /** Content type under which the content can be sent again. */
  readonly media_type: string;
  /** The event as it came, byte for byte; of a row what was made of it, as JSON. Read it with care. */
  readonly content: Uint8Array;
  /** How many bytes came. */
  readonly content_bytes: Long;
  /** True when content is only the beginning: the event was too large to be kept. */
  readonly is_cut: boolean;
  /** Key or subject that sent it; null where the door asks for none. */
  readonly sender_id?: null | string | undefined;
  /** What the key is called. */
  readonly sender_name?: null | string | undefined;
  /** How often it had been sent again before: 0 the first time. */
  readonly attempt: number;
  /** Of a row that was loaded or pulled: the source. Null of what was sent to the door. */
  readonly pull_source?: null | string | undefined;
  /** Its file, object or feed. */
  readonly part?: null | string | undefined;
  /** Which version of it: a digest, an ETag. */
  readonly part_version?: null | string | undefined;
  /** The row in it, from 1. */
  readonly row_number?: null | Long | undefined;
  /** The line in which the row begins, from 1; null of formats without lines. */
  readonly line_number?: null | Long | undefined;
  /** The column of the row that could not be read, from 1. */
  readonly column_number?: null | number | undefined;
}

declare module '@millrace/streams' {
  interface Contracts {
    'flights.airports': {
      source: 'change';
      key: 'iata';
      read: FlightsAirports;
      exact: FlightsAirports;
      write: FlightsAirportsToWrite;
    };
    'flights.delays_by_airport': {
      source: 'derived';
      key: 'airport' | 'window_start';
      read: FlightsDelaysByAirport<number>;
      exact: FlightsDelaysByAirport<bigint>;
      write: FlightsDelaysByAirportToWrite<number | bigint>;
    };
    'flights.departed': {
      source: 'event';
      key: never;
      read: FlightsDeparted<number>;
      exact: FlightsDeparted<bigint>;
      write: FlightsDeparted<number | bigint>;
    };
    'flights.refused_departures': {
      source: 'derived';
      key: 'flight_id';
      read: FlightsRefusedDepartures<number>;
      exact: FlightsRefusedDepartures<bigint>;
      write: FlightsRefusedDepartures<number | bigint>;
    };
    'flights.route_delay_sessions': {
      source: 'derived';
      key: 'origin' | 'destination' | 'started_at';
      read: FlightsRouteDelaySessions<number>;
      exact: FlightsRouteDelaySessions<bigint>;
      write: FlightsRouteDelaySessions<number | bigint>;
    };
    'millrace.redriven_events': {
      source: 'derived';
      key: 'rejection_id';
      read: MillraceRedrivenEvents<number>;
      exact: MillraceRedrivenEvents<bigint>;
      write: MillraceRedrivenEventsToWrite<number | bigint>;
    };
    'millrace.rejected_events': {
      source: 'derived';
      key: 'stream';
      read: MillraceRejectedEvents<number>;
      exact: MillraceRejectedEvents<bigint>;
      write: MillraceRejectedEventsToWrite<number | bigint>;
    };
  }
}
