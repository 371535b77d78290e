/**
 * The fields RateLimit-Policy and RateLimit, as draft-ietf-httpapi-ratelimit-headers-10 has them (structured fields,
 * one item a policy). `qu="events"` is a unit of our own; the draft's registry has requests and content-bytes.
 */
import type { Gcra } from './gcra.ts';

export type RateName = 'requests' | 'events' | 'bytes';

/** The one part of a policy that hardly changes; made once. @param parts of which this door has one */
export const policyItem = (
  name: RateName,
  { perSecond, burst }: Gcra['rate'],
  parts: number,
): string => {
  const windowSeconds = Math.max(1, Math.ceil(burst / perSecond));
  const quota = Math.floor(burst / parts);
  const unit = { requests: '', events: ';qu="events"', bytes: ';qu="content-bytes"' }[name];
  return `"${name}";q=${quota};w=${windowSeconds}${unit}`;
};

/** What is left now, and in how many seconds the whole quota is there again. */
export const limitItem = (name: RateName, gcra: Gcra, nowMs: number, parts: number): string =>
  `"${name}";r=${Math.floor(gcra.left(nowMs) / parts)};t=${Math.ceil(gcra.fullInMs(nowMs) / 1000)}`;
