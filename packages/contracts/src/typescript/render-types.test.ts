import { describe, expect, test } from 'vitest';
import { parseProject } from '../project/parse-project.ts';
import { exampleFiles } from '../testing/example-files.ts';
import { renderTypes } from './render-types.ts';

const { contracts } = parseProject(exampleFiles());

describe('types of the streams', () => {
  test('say what ingest accepts', () => {
    expect(renderTypes(contracts)).toMatchInlineSnapshot(`
      "// Made by \`millrace contracts types\`; change the contracts, not this file.

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

      /** Every stream of the project, by contract id. */
      export interface Streams {
        readonly 'flights.airports': FlightsAirports;
        readonly 'flights.departed': FlightsDeparted;
      }

      /** The streams that take events, for \`createClient<Events>\` of @millrace/client. */
      export interface Events {
        readonly 'flights.departed': FlightsDeparted;
      }
      "
    `);
  });

  test('are the same text in whatever order the contracts come', () => {
    expect(renderTypes([...contracts].reverse())).toBe(renderTypes(contracts));
  });
});
