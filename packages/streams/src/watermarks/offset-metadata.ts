import { withoutLogMark } from '@millrace/contracts';
import type { WatermarkMarker } from './task-watermark.ts';

/**
 * What is committed beside the offset of an input partition: how far event time had come in it, so that a
 * restart judges records as if there had been none. Version, then numbers as varints, in base64url; the
 * broker keeps 4,096 characters (offset.metadata.max.bytes).
 */
export interface PartitionTimes {
  /** Event time of the whole task, ms; -Infinity before the first. */
  readonly taskWatermarkMs: number;
  /**
   * Of each origin in the partition: the sources that read it, or the tasks that write it. Sources: the highest
   * time seen; tasks: their watermark.
   */
  readonly origins: readonly WatermarkMarker[];
}

const statuses = ['active', 'idle', 'closed'] as const;

const VERSION = 1;
const CHARACTERS_MAX = 4000;

/**
 * Where so many origins do not fit, each is written as the lowest of them: the watermark, their minimum,
 * stays the same.
 */
export const timesText = (times: PartitionTimes): string => {
  const text = encode(times);
  if (text.length <= CHARACTERS_MAX) return text;
  const active = times.origins.filter(({ status }) => status === 'active');
  const origins = active.length > 0 ? active : times.origins;
  const watermarkMs = Math.min(...origins.map((one) => one.watermarkMs));
  return encode({ ...times, origins: [{ watermarkMs, status: origins[0]!.status }] });
};

/**
 * Undefined for what this version did not write: the partition begins as new. `count`: of origins there are now. Passes
 * over the log that the offset counts in.
 */
export const parseTimes = (text: string, count: number): PartitionTimes | undefined => {
  const bytes = Buffer.from(withoutLogMark(text).text, 'base64url');
  if (bytes[0] !== VERSION) return undefined;
  const numbers = readNumbers(bytes);
  const [base, task, ...entries] = numbers;
  if (base === undefined || task === undefined || entries.length === 0) return undefined;
  const origins = entries.map((entry) => ({
    watermarkMs: timeOf(base, Math.floor(entry / 3)),
    status: statuses[entry % 3]!,
  }));
  const last = origins.at(-1)!;
  // Fewer than there are: they were written as one.
  while (origins.length < count) origins.push(last);
  return { taskWatermarkMs: timeOf(base, task), origins };
};

/** 0 is no time at all, everything else one more than how far it lies below the base. */
const distanceOf = (base: number, timeMs: number): number =>
  Number.isFinite(timeMs) ? base - timeMs + 1 : 0;
const timeOf = (base: number, distance: number): number =>
  distance === 0 ? Number.NEGATIVE_INFINITY : base - (distance - 1);

const encode = ({ taskWatermarkMs, origins }: PartitionTimes): string => {
  const times = [taskWatermarkMs, ...origins.map((one) => one.watermarkMs)].filter(Number.isFinite);
  const base = times.length === 0 ? 0 : Math.max(...times);
  const numbers = [
    base < 0 ? -base * 2 - 1 : base * 2,
    distanceOf(base, taskWatermarkMs),
    ...origins.map(
      ({ watermarkMs, status }) => distanceOf(base, watermarkMs) * 3 + statuses.indexOf(status),
    ),
  ];
  const bytes: number[] = [VERSION];
  for (const number of numbers) writeNumber(bytes, number);
  return Buffer.from(bytes).toString('base64url');
};

const writeNumber = (bytes: number[], value: number): void => {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
};

const readNumbers = (bytes: Buffer): number[] => {
  const numbers: number[] = [];
  let value = 0;
  let scale = 1;
  for (let at = 1; at < bytes.length; at += 1) {
    const byte = bytes[at]!;
    value += (byte % 0x80) * scale;
    scale *= 0x80;
    if (byte >= 0x80) continue;
    numbers.push(value);
    value = 0;
    scale = 1;
  }
  const zigzag = numbers[0];
  if (zigzag !== undefined) numbers[0] = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  return numbers;
};
