/**
 * A key as the text that Kafka Connect's default header converter (SimpleHeaderConverter) makes of a struct: JSON for
 * most keys. Debezium's headers of a changed key hold it. Source: Kafka, org.apache.kafka.connect.data.Values.
 */
import { compileReader } from '@millrace/avro';

interface Field {
  readonly name: string;
  readonly type: Node;
}
interface Attributes {
  readonly type: string;
  readonly scale?: number;
  readonly logicalType?: string;
  readonly fields?: readonly Field[];
  readonly items?: Node;
}
type Node = string | Attributes | readonly Node[];

const MS_PER_DAY = 86_400_000;

const quoted = (text: string): string =>
  `"${text.replaceAll('\\', String.raw`\\`).replaceAll('"', String.raw`\"`)}"`;

/** Java's BigDecimal.toString. */
const decimalText = (bytes: Buffer, scale: number): string => {
  const unscaled = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex') || '0'}`));
  const sign = unscaled < 0n ? '-' : '';
  const digits = String(unscaled < 0n ? -unscaled : unscaled);
  const exponent = digits.length - 1 - scale;
  if (scale >= 0 && exponent >= -6) {
    const padded = digits.padStart(scale + 1, '0');
    const cut = padded.length - scale;
    return `${sign}${padded.slice(0, cut)}${scale > 0 ? `.${padded.slice(cut)}` : ''}`;
  }
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${sign}${digits[0]}${fraction}E${exponent < 0 ? '' : '+'}${exponent}`;
};

/** Java's Double.toString, and Float.toString by `digits`, the value's shortest ones. */
const floatingText = (value: number, digits = String(value)): string => {
  if (!Number.isFinite(value)) return digits;
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) return digits.includes('.') ? digits : `${digits}.0`;
  const [mantissa = '', exponent] = Number(digits).toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
};

const FLOAT_DIGITS = 9;
const shortestFloat = (value: number): string => {
  for (let digits = 1; digits < FLOAT_DIGITS; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(Number(value.toPrecision(FLOAT_DIGITS)));
};

/** How Kafka Connect shows a java.util.Date: the time, the day or both, by what is not zero. */
const dateText = (ms: number): string => {
  const iso = new Date(ms).toISOString();
  if (ms < MS_PER_DAY) return iso.slice(11);
  return ms % MS_PER_DAY === 0 ? iso.slice(0, 10) : iso;
};

const bytesText = (value: unknown): string =>
  `"${Buffer.from(value as Uint8Array).toString('base64')}"`;

const ofAttributes = (type: Attributes, value: unknown): string => {
  const { fields, items, logicalType, scale } = type;
  if (fields !== undefined) return structText(fields, value as Record<string, unknown>);
  if (items !== undefined) {
    return `[${(value as unknown[]).map((item) => textOf(items, item)).join(',')}]`;
  }
  if (logicalType === 'decimal') return decimalText(Buffer.from(value as Uint8Array), scale ?? 0);
  if (logicalType !== undefined) {
    return dateText(Number(value) * (logicalType === 'date' ? MS_PER_DAY : 1));
  }
  return textOf(type.type, value);
};

const textOf = (type: Node, value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(type))
    return textOf(
      type.find((branch) => branch !== 'null'),
      value,
    );
  if (typeof type === 'object') return ofAttributes(type as Attributes, value);
  if (typeof value === 'string') return quoted(value);
  if (value instanceof Uint8Array) return bytesText(value);
  if (type === 'double') return floatingText(value as number);
  if (type === 'float') return floatingText(value as number, shortestFloat(value as number));
  if (value instanceof Map) {
    const pairs = [...value].map(([key, item]) => `${quoted(String(key))}:${textOf('', item)}`);
    return `{${pairs.join(',')}}`;
  }
  return String(value);
};

const structText = (fields: readonly Field[], value: Record<string, unknown>): string =>
  `{${fields.map(({ name, type }) => `${quoted(name)}:${textOf(type, value[name])}`).join(',')}}`;

/** @param schemaText of the key record; the function takes its Avro, without a frame */
export const keyTextFor = (schemaText: string): ((avro: Buffer) => Buffer) => {
  const { fields } = JSON.parse(schemaText) as { readonly fields: readonly Field[] };
  const read = compileReader(schemaText);
  return (avro) => Buffer.from(structText(fields, read(avro) as Record<string, unknown>));
};
