/** Times and durations as a person reads them. */
import { unknownText } from './numbers.ts';

const units = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'min', seconds: 60 },
  { name: 's', seconds: 1 },
] as const;

/** 0.42 → `420 ms`, 3.2 → `3.2 s`, 250 → `4 min 10 s`, 93600 → `1 d 2 h`. */
export const formatSeconds = (seconds: number | null | undefined): string => {
  if (seconds === null || seconds === undefined) return unknownText;
  if (seconds < 0) return `−${formatSeconds(-seconds)}`;
  if (seconds === 0) return '0 s';
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  const index = units.findIndex((unit) => whole >= unit.seconds);
  const unit = units[index] ?? units[3];
  const below = units[index + 1];
  const first = Math.floor(whole / unit.seconds);
  const rest = below === undefined ? 0 : Math.floor((whole % unit.seconds) / below.seconds);
  return rest === 0 || below === undefined
    ? `${first} ${unit.name}`
    : `${first} ${unit.name} ${rest} ${below.name}`;
};

/** As `formatSeconds`, of milliseconds. */
export const formatMs = (ms: number | null | undefined): string =>
  ms === null || ms === undefined ? unknownText : formatSeconds(ms / 1000);

/** How long ago, or in how long: `12 s ago`, `in 3 h`. Up to 5 s are `now`. */
export const formatAgo = (atMs: number | null | undefined, nowMs: number): string => {
  if (atMs === null || atMs === undefined) return unknownText;
  const seconds = Math.round((nowMs - atMs) / 1000);
  if (Math.abs(seconds) <= 5) return 'now';
  const unit = units.find((one) => Math.abs(seconds) >= one.seconds) ?? units[3];
  const count = Math.floor(Math.abs(seconds) / unit.seconds);
  return seconds > 0 ? `${count} ${unit.name} ago` : `in ${count} ${unit.name}`;
};

const exact = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'medium',
});
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** In the reader's own zone, with the zone's distance from UTC. */
export const formatExact = (atMs: number): string => {
  const minutes = -new Date(atMs).getTimezoneOffset();
  const sign = minutes < 0 ? '−' : '+';
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const zone = `UTC${minutes === 0 ? '' : `${sign}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`}`;
  return `${exact.format(atMs)} ${zone}`;
};

/** Hours, minutes and seconds alone. */
export const formatClock = (atMs: number): string => clock.format(atMs);
