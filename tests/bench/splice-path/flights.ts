/** Flights in the shape of the example's contract, made by arithmetic: the same in every run. */
import { readFileSync } from 'node:fs';
import { compileJsonEncoder } from '@millrace/avro';
import { type AvroRecord, parseAvroSchemaText } from '@millrace/contracts';

const contract = new URL('../../../schemas/flights/departed.avsc', import.meta.url);
export const schemaText = readFileSync(contract, 'utf8');

const AIRPORTS = ['SFO', 'LAX', 'JFK', 'ORD', 'DFW', 'ATL', 'SEA', 'BOS', 'DEN', 'PHX'];

/** Framed records as a consumer would hold them: each in its own buffer. */
export const frameFlights = (count: number, schemaId: number): readonly Buffer[] => {
  const encoder = compileJsonEncoder(parseAvroSchemaText(schemaText) as AvroRecord, { schemaId });
  return Array.from({ length: count }, (_, index) => {
    const encoding = encoder.encode({
      flight_id: `2001-${index}`,
      departed_at: Date.UTC(2001, 0, 1) + index * 1_517,
      delay_minutes: ((index * 7_919) % 200) - 40,
      distance_miles: 100 + ((index * 104_729) % 2_500),
      origin: AIRPORTS[index % AIRPORTS.length],
      destination: AIRPORTS[(index * 3 + 1) % AIRPORTS.length],
    });
    if (!encoding.ok) throw new Error(encoding.problems.map(({ message }) => message).join('; '));
    return encoding.datum;
  });
};
