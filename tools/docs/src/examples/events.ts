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

/** Every stream of the project, by contract id. */
export interface Streams {
  readonly 'flights.airports': FlightsAirports;
  readonly 'flights.delays_by_airport': FlightsDelaysByAirport;
  readonly 'flights.departed': FlightsDeparted;
  readonly 'flights.refused_departures': FlightsRefusedDepartures;
  readonly 'flights.route_delay_sessions': FlightsRouteDelaySessions;
}

/** The streams that take events, for `createClient<Events>` of @millrace/client. */
export interface Events {
  readonly 'flights.departed': FlightsDeparted;
}
