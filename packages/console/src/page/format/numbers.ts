/** Numbers as a person reads them. Exact ones for tables, short ones for labels; units always beside them. */

const exact = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const small = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 });
/** What stands for a thing that is not known. */
export const unknownText = '–';

/** 12345 → `12,345`. */
export const formatCount = (value: number | null | undefined): string =>
  value === null || value === undefined ? unknownText : exact.format(value);

/** 12345 → `12.3K`; below 10,000 exact. */
export const formatShort = (value: number | null | undefined): string => {
  if (value === null || value === undefined) return unknownText;
  return Math.abs(value) < 10_000 ? formatDecimal(value) : short.format(value);
};

/** Two significant digits below 10, whole above. */
export const formatDecimal = (value: number): string =>
  Math.abs(value) < 10 && !Number.isInteger(value) ? small.format(value) : exact.format(value);

/** What is left of a mean long after its last record: less than one in ten days. */
const RATE_OF_NOTHING = 1e-6;

/** Records a second: 0.25 → `0.25/s`. */
export const formatRate = (perSecond: number | null | undefined): string => {
  if (perSecond === null || perSecond === undefined) return unknownText;
  return `${formatShort(perSecond < RATE_OF_NOTHING ? 0 : perSecond)}/s`;
};

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Decimal units, as disks are sold: 1500 → `1.5 kB`. */
export const formatBytes = (bytes: number | null | undefined): string => {
  if (bytes === null || bytes === undefined) return unknownText;
  const power = Math.min(
    byteUnits.length - 1,
    Math.max(0, Math.floor(Math.log10(Math.abs(bytes) || 1) / 3)),
  );
  const value = bytes / 1000 ** power;
  return `${power === 0 ? exact.format(value) : value.toFixed(value < 10 ? 1 : 0)} ${byteUnits[power]}`;
};

/** A share from 0 to 1, with as many digits as tell it from 100 %. */
export const formatShare = (share: number | null | undefined): string => {
  if (share === null || share === undefined) return unknownText;
  const percent = share * 100;
  if (percent > 99 && percent < 100) return `${(Math.floor(percent * 1000) / 1000).toString()} %`;
  return `${formatDecimal(Math.round(percent * 10) / 10)} %`;
};
