/**
 * The events of the bench: each a pure function of its number, 82 bytes of framed Avro with eight columns.
 * More columns are filled in turn with longs, short texts, doubles and ints; a longer note makes large records.
 */
import { compileWriter, frame } from '@millrace/avro';

export interface EventShape {
  /** Eight or more. */
  readonly columns: number;
  /** Length of `note`; undefined for four words. */
  readonly noteBytes?: number;
}

const BASE_COLUMNS = 8;

const baseFields = [
  { name: 'id', type: 'long' },
  { name: 'ts', type: { type: 'long', logicalType: 'timestamp-micros' } },
  { name: 'user', type: 'string' },
  { name: 'kind', type: 'string' },
  { name: 'amount', type: 'double' },
  { name: 'qty', type: 'int' },
  { name: 'region', type: 'string' },
  { name: 'note', type: 'string' },
] as const;

const fillerTypes = ['long', 'string', 'double', 'int'] as const;
const fillerTypeOf = (at: number) => fillerTypes[at % fillerTypes.length]!;

const clickHouseTypes = { long: 'Int64', string: 'String', double: 'Float64', int: 'Int32' };

const fillers = ({ columns }: EventShape) =>
  Array.from({ length: columns - BASE_COLUMNS }, (_, at) => ({
    name: `c${at}`,
    type: fillerTypeOf(at),
  }));

export const schemaOf = (shape: EventShape, namespace: string) => ({
  type: 'record',
  namespace,
  name: 'event',
  doc: 'An event of the bench.',
  fields: [...baseFields, ...fillers(shape)].map((field) => ({ ...field, doc: field.name })),
});

/** The columns of a peer's table, as somebody would write them. */
export const peerColumns = (shape: EventShape, text: 'String' | 'LowCardinality(String)'): string =>
  [
    `id Int64, ts DateTime64(6, 'UTC'), user String, kind ${text}, amount Float64, qty Int32`,
    `region ${text}, note String`,
    ...fillers(shape).map(({ name, type }) => `${name} ${clickHouseTypes[type]}`),
  ].join(', ');

const kinds = ['view', 'click', 'cart', 'purchase', 'refund'];
const regions = 'eu-west eu-north us-east us-west ap-south ap-east sa-east af-south'.split(' ');
const words =
  'alpha bravo carbon delta ember falcon granite harbor indigo jasper kernel lantern'.split(' ');

/** mulberry32 of a number. */
const scramble = (seed: number): number => {
  let t = (seed + 0x6d2b79f5) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return (t ^ (t >>> 14)) >>> 0;
};

export const quantityOf = (id: number): number => 1 + (scramble(scramble(id)) % 9);

export const sumOfQuantities = (count: number): number => {
  let sum = 0;
  for (let id = 0; id < count; id += 1) sum += quantityOf(id);
  return sum;
};

const eventOf = (id: number, shape: EventShape, timeMicros: number): Record<string, unknown> => {
  const r = scramble(id);
  const s = scramble(r);
  const word = (bits: number) => words[bits % words.length]!;
  const event: Record<string, unknown> = {
    id,
    ts: timeMicros,
    user: `user${r % 100_000}`,
    kind: kinds[s % kinds.length],
    amount: (r % 1_000_000) / 100,
    qty: 1 + (s % 9),
    region: regions[(r >>> 8) & 7],
    note:
      shape.noteBytes === undefined
        ? `${word(r)} ${word(r >>> 4)} ${word(s)} ${word(s >>> 4)} #${s % 1_000}`
        : word(r)
            .repeat(Math.ceil(shape.noteBytes / 5))
            .slice(0, shape.noteBytes),
  };
  for (let at = 0; at < shape.columns - BASE_COLUMNS; at += 1) {
    const type = fillerTypeOf(at);
    const value = scramble(r + at);
    if (type === 'string') event[`c${at}`] = word(value);
    else if (type === 'double') event[`c${at}`] = value / 7;
    else event[`c${at}`] = value % 10_000;
  }
  return event;
};

/** Framed Avro of event `id`, as producers with a registry write it. */
export const createEventWriter = (shape: EventShape, schemaId: number) => {
  const write = compileWriter(JSON.stringify(schemaOf(shape, 'bench')));
  return (id: number, timeMicros = 1_700_000_000_000_000 + id * 500): Buffer =>
    frame(schemaId, write(eventOf(id, shape, timeMicros)));
};
