// Made by `millrace contracts types`; change the contracts, not this file.

/** An airport, as the operations database knows it. */
export interface FlightsAirports {
  /** IATA code. */
  readonly iata: string;
  /** Name of the airport. */
  readonly name: string;
  /** City served. */
  readonly city?: null | string;
  /** State, two letters. */
  readonly state?: null | string;
  /** Country. */
  readonly country: string;
  /** Degrees north. */
  readonly latitude: number;
  /** Degrees east. */
  readonly longitude: number;
}

/** How late the flights of one airport were that departed within ten minutes. */
export interface FlightsDelaysByAirport {
  /** IATA code of the airport of departure. */
  readonly airport: string;
  /** Beginning of the ten minutes, inclusive. Milliseconds since 1970 UTC, or an ISO 8601 time. */
  readonly window_start: number | string;
  /** End of the ten minutes, exclusive. Milliseconds since 1970 UTC, or an ISO 8601 time. */
  readonly window_end: number | string;
  /** Of the airport, as it was known when the result was made. */
  readonly city?: null | string;
  /** Of the airport, as it was known when the result was made. */
  readonly state?: null | string;
  /** Departures in the window. */
  readonly flights: number | string;
  /** Of them, those more than 15 minutes late. */
  readonly late_flights: number | string;
  /** Sum of their delays, minutes. */
  readonly delay_minutes: number | string;
  /** Mean of their delays, minutes. */
  readonly mean_delay_minutes: number;
  /** The largest of their delays, minutes. */
  readonly worst_delay_minutes: number;
}

/** A flight left its origin. */
export interface FlightsDeparted {
  /** Identifies the departure; sending it again changes nothing. */
  readonly flight_id: string;
  /** When the flight departed. Milliseconds since 1970 UTC, or an ISO 8601 time. */
  readonly departed_at: number | string;
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
export interface FlightsRefusedDepartures {
  /** As in flights.departed. */
  readonly flight_id: string;
  /** When the flight departed. Milliseconds since 1970 UTC, or an ISO 8601 time. */
  readonly departed_at: number | string;
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
export interface FlightsRouteDelaySessions {
  /** IATA code of the airport of departure. */
  readonly origin: string;
  /** IATA code of the airport of arrival. */
  readonly destination: string;
  /** Departure of the first late flight. Milliseconds since 1970 UTC, or an ISO 8601 time. */
  readonly started_at: number | string;
  /** Departure of the last late flight. Milliseconds since 1970 UTC, or an ISO 8601 time. */
  readonly ended_at: number | string;
  /** Late flights in the session. */
  readonly late_flights: number | string;
  /** Sum of their delays, minutes. */
  readonly delay_minutes: number | string;
  /** The largest of their delays, minutes. */
  readonly worst_delay_minutes: number;
}

/** What was sent again of the rejected events, by whom, and what became of it. */
export interface MillraceRedrivenEvents {
  /** Names this sending. */
  readonly redrive_id: string;
  /** What was sent again. */
  readonly rejection_id: string;
  /** The contract it was sent to. */
  readonly stream: string;
  /** When the door answered. Milliseconds since 1970 UTC, or an ISO 8601 time. */
  readonly redriven_at: number | string;
  /** accepted, duplicate (it had been accepted before) or rejected. */
  readonly outcome: string;
  /** Why it was rejected again. */
  readonly code?: null | string;
  /** JSON: what was changed in the event before. */
  readonly repair?: null | string;
  /** User and host of the command. */
  readonly redriven_by: string;
}

/** Events that the door refused and rows that a load did, each with its bytes and the reason. */
export interface MillraceRejectedEvents {
  /** Names this rejection, for show and redrive. */
  readonly rejection_id: string;
  /** The contract that the event was sent to. */
  readonly stream: string;
  /** When the request came or the row was read. Milliseconds since 1970 UTC, or an ISO 8601 time. */
  readonly rejected_at: number | string;
  /** The error code that the sender was told. */
  readonly code: string;
  /** What the sender was told. It may quote the event. */
  readonly message: string;
  /** JSON: each problem with path, rule and message. It may quote the event. */
  readonly problems: string;
  /** Index of the event in its request or file; null when the whole body could not be read. */
  readonly position?: null | number;
  /** The id that the sender gave; null when there was none outside the event. */
  readonly event_id?: null | string;
  /** The key that was sent with the request. */
  readonly idempotency_key?: null | string;
  /** CloudEvents source, as sent. */
  readonly event_source?: null | string;
  /** CloudEvents type, as sent. */
  readonly event_type?: null | string;
  /** CloudEvents time, as sent. */
  readonly event_time?: null | string;
  /** JSON: further CloudEvents attributes, by their header names. */
  readonly event_extensions?: null | string;
  /** Content type under which the content can be sent again. */
  readonly media_type: string;
  /** The event as it came, byte for byte; of a row what was made of it, as JSON. Read it with care. Base64. */
  readonly content: string;
  /** How many bytes came. */
  readonly content_bytes: number | string;
  /** True when content is only the beginning: the event was too large to be kept. */
  readonly is_cut: boolean;
  /** Key or subject that sent it; null where the door asks for none. */
  readonly sender_id?: null | string;
  /** What the key is called. */
  readonly sender_name?: null | string;
  /** How often it had been sent again before: 0 the first time. */
  readonly attempt: number;
  /** Of a row that was loaded or pulled: the source. Null of what was sent to the door. */
  readonly pull_source?: null | string;
  /** Its file, object or feed. */
  readonly part?: null | string;
  /** Which version of it: a digest, an ETag. */
  readonly part_version?: null | string;
  /** The row in it, from 1. */
  readonly row_number?: null | number | string;
  /** The line in which the row begins, from 1; null of formats without lines. */
  readonly line_number?: null | number | string;
  /** The column of the row that could not be read, from 1. */
  readonly column_number?: null | number;
}

/** Every stream of the project, by contract id. */
export interface Streams {
  readonly 'flights.airports': FlightsAirports;
  readonly 'flights.delays_by_airport': FlightsDelaysByAirport;
  readonly 'flights.departed': FlightsDeparted;
  readonly 'flights.refused_departures': FlightsRefusedDepartures;
  readonly 'flights.route_delay_sessions': FlightsRouteDelaySessions;
  readonly 'millrace.redriven_events': MillraceRedrivenEvents;
  readonly 'millrace.rejected_events': MillraceRejectedEvents;
}

/** The streams that take events, for `createClient<Events>` of @millrace/client. */
export interface Events {
  readonly 'flights.departed': FlightsDeparted;
}
