/**
 * Decimals as Avro stores them: the unscaled integer in big-endian two's complement. Exact or refused:
 * nothing here rounds. Source: Avro specification 1.12, "Decimal".
 */
const DECIMAL = /^([+-]?)(\d{1,400})(?:\.(\d{0,400}))?(?:[eE]([+-]?\d{1,3}))?$/;

/** The unscaled integer of decimal text; `inexact` when it has digits below the scale. */
export const parseUnscaled = (
  text: string,
  scale: number,
): bigint | 'inexact' | 'not-a-decimal' => {
  const match = DECIMAL.exec(text);
  if (match === null) return 'not-a-decimal';
  const fraction = match[3] ?? '';
  const digits = match[2]! + fraction;
  const shift = scale - fraction.length + Number(match[4] ?? 0);
  let unscaled = BigInt(digits);
  if (shift >= 0) {
    unscaled *= 10n ** BigInt(shift);
  } else {
    const divisor = 10n ** BigInt(-shift);
    if (unscaled % divisor !== 0n) return 'inexact';
    unscaled /= divisor;
  }
  return match[1] === '-' ? -unscaled : unscaled;
};

/** Two's complement in the fewest bytes, or sign-extended to `size`; `undefined` when that is too few. */
export const twosComplement = (value: bigint, size?: number): Buffer | undefined => {
  let bytes = 1;
  while (value < -(1n << BigInt(bytes * 8 - 1)) || value >= 1n << BigInt(bytes * 8 - 1)) bytes++;
  if (size !== undefined && bytes > size) return undefined;
  const width = size ?? bytes;
  const hex = BigInt.asUintN(width * 8, value).toString(16);
  return Buffer.from(hex.padStart(width * 2, '0'), 'hex');
};
