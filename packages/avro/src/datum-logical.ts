import { type AvroFixed, type AvroPrimitiveNode, decimalBytes } from '@millrace/contracts';
import { type EncodeState, report } from './encode-state.ts';
import { readLong } from './varint.ts';

/**
 * Whether encoded bytes keep to their logical type: the same bounds that `json-logical.ts` sets for JSON. Dates and
 * timestamps take every integer.
 */
export type LogicalCheck = (state: EncodeState, bytes: Buffer, at: number, end: number) => void;

/** The check of a type, or `undefined` when every value of the underlying type is one. */
export const compileLogicalCheck = (
  node: AvroPrimitiveNode | AvroFixed,
): LogicalCheck | undefined => {
  const { logical } = node;
  switch (logical?.name) {
    case 'time-millis':
      return timeCheck(86_400_000);
    case 'time-micros':
      return timeCheck(86_400_000_000);
    case 'uuid':
      return node.kind === 'string' ? checkUuid : undefined;
    case 'decimal':
      return decimalCheck(logical.precision, node.kind === 'fixed');
    default:
      return undefined;
  }
};

const timeCheck =
  (unitsPerDay: number): LogicalCheck =>
  (state, bytes, at, end) => {
    const value = readLong(bytes, at, end);
    if (value < 0 || value >= unitsPerDay) report(state, 'range', `${value} is not a time of day`);
  };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const checkUuid: LogicalCheck = (state, bytes, at, end) => {
  const text = bytes.toString('latin1', behindLength(bytes, at), end);
  if (!UUID.test(text)) report(state, 'format', 'expected a UUID of 36 characters');
};

const behindLength = (bytes: Buffer, at: number): number => {
  let position = at;
  while (bytes[position]! > 0x7f) position += 1;
  return position + 1;
};

const decimalCheck = (precision: number, isFixed: boolean): LogicalCheck => {
  const limit = 10n ** BigInt(precision);
  return (state, bytes, at, end) => {
    const start = isFixed ? at : behindLength(bytes, at);
    if (start === end) return report(state, 'format', 'a decimal without a byte');
    // A long row of bytes is no number that anybody wants computed.
    const isHuge = end - start > 512;
    const unscaled = isHuge ? limit : twosComplementValue(bytes, start, end);
    if (unscaled >= limit || unscaled <= -limit) {
      return report(state, 'range', `the decimal has more than ${precision} digits`);
    }
    // Padded with zeros it is a decimal of Avro's, and the warehouse refuses it. Of a `fixed` the contract is judged.
    const most = decimalBytes(precision);
    if (!isFixed && end - start > most)
      report(
        state,
        'range',
        `a decimal of ${precision} digits takes at most ${most} bytes, and these are ${end - start}`,
      );
  };
};

const twosComplementValue = (bytes: Buffer, start: number, end: number): bigint => {
  const hex = bytes.toString('hex', start, end);
  return BigInt.asIntN((end - start) * 8, BigInt(`0x${hex}`));
};
