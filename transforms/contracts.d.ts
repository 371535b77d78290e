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
  }
}
