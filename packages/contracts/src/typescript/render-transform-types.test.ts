import { describe, expect, test } from 'vitest';
import { parseAvroSchema } from '../avro/parse-schema.ts';
import type { AvroRecord } from '../avro-schema.ts';
import { parseProject } from '../project/parse-project.ts';
import { exampleFiles } from '../testing/example-files.ts';
import { renderTransformTypes } from './render-transform-types.ts';

const { contracts } = parseProject(exampleFiles());

/** The example's departures with other fields. */
const typesWith = (fields: readonly object[]): string => {
  const departed = contracts.find(({ id }) => id === 'flights.departed')!;
  const record = parseAvroSchema({
    type: 'record',
    name: 'departed',
    namespace: 'flights',
    fields,
  });
  return renderTransformTypes([{ ...departed, record: record as AvroRecord }]);
};

/** The declared fields of one type, as text. */
const fieldsOf = (text: string, name: string): readonly string[] => {
  const body = text.split(`export interface ${name} {\n`)[1]!.split('\n}')[0]!;
  return body
    .split('\n')
    .filter((line) => !line.includes('/**'))
    .map((line) => line.trim());
};

describe('types of what a transform reads and writes', () => {
  const text = renderTransformTypes(contracts);

  test('name the source, the key, and the records by use, for every contract', () => {
    expect(text).toContain(
      [
        "    'flights.airports': {",
        "      source: 'change';",
        "      key: 'iata';",
        '      read: FlightsAirports;',
        '      exact: FlightsAirports;',
        '      write: FlightsAirportsToWrite;',
        '    };',
        "    'flights.departed': {",
        "      source: 'event';",
        '      key: never;',
        '      read: FlightsDeparted<number>;',
        '      exact: FlightsDeparted<bigint>;',
        '      write: FlightsDeparted<number | bigint>;',
        '    };',
      ].join('\n'),
    );
  });

  test('have every field when read; one with a default may be left out when written', () => {
    expect(fieldsOf(text, 'FlightsAirports')).toContain('readonly city: null | string;');
    expect(fieldsOf(text, 'FlightsAirportsToWrite')).toContain(
      'readonly city?: null | string | undefined;',
    );
  });

  test('follow what the Avro readers hand out', () => {
    const fields = fieldsOf(
      typesWith([
        { name: 'fare', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
        { name: 'class', type: { type: 'enum', name: 'class', symbols: ['FIRST', 'ECONOMY'] } },
        { name: 'legs', type: { type: 'array', items: ['null', 'long'] } },
        { name: 'seats', type: { type: 'map', values: 'int' } },
        { name: 'note', type: ['null', 'string', 'bytes'] },
        {
          name: 'either',
          type: ['null', 'string', { type: 'fixed', name: 'f4', size: 4 }, 'bytes'],
        },
      ]),
      'FlightsDeparted<Long = number>',
    );
    expect(fields).toEqual([
      'readonly fare: Uint8Array;',
      "readonly class: 'FIRST' | 'ECONOMY';",
      'readonly legs: readonly (null | Long)[];',
      'readonly seats: Readonly<Record<string, number>>;',
      'readonly note: null | string | Uint8Array;',
      "readonly either: null | { readonly 'string': string } | { readonly 'flights.f4': Uint8Array } | { readonly 'bytes': Uint8Array };",
    ]);
  });

  test('of nested records are declared once, with their longs', () => {
    const leg = {
      type: 'record',
      name: 'leg',
      fields: [
        { name: 'miles', type: 'long' },
        { name: 'gate', type: ['null', 'string'], default: null },
      ],
    };
    const types = typesWith([
      { name: 'first', type: leg },
      { name: 'others', type: { type: 'array', items: 'leg' } },
    ]);
    expect(fieldsOf(types, 'FlightsDepartedToWrite<Long = number>')).toEqual([
      'readonly first: FlightsLegToWrite<Long>;',
      'readonly others: readonly FlightsLegToWrite<Long>[];',
    ]);
    expect(fieldsOf(types, 'FlightsLeg<Long = number>')).toEqual([
      'readonly miles: Long;',
      'readonly gate: null | string;',
    ]);
    expect(types.split('export interface FlightsLeg<').length).toBe(2);
  });
});
