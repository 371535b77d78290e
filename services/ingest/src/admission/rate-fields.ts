/**
 * The fields RateLimit-Policy and RateLimit, as draft-ietf-httpapi-ratelimit-headers-10 has them (structured fields,
 * one item a policy). `qu="events"` is a unit of our own; the draft's registry has requests and content-bytes.
 */
import type { Gcra } from './gcra.ts';

export type RateName = 'requests' | 'events' | 'bytes';

/** The one part of a policy that does not change; made once. */
export const policyItem = (name: RateName, { perSecond, burst }: Gcra['rate']): string => {
  const windowSeconds = Math.max(1, Math.ceil(burst / perSecond));
  const quota = Math.floor(burst);
  const unit = { requests: '', events: ';qu="events"', bytes: ';qu="content-bytes"' }[name];
  return `"${name}";q=${quota};w=${windowSeconds}${unit}`;
};

/** What is left now, and in how many seconds the whole quota is there again. */
export const limitItem = (name: RateName, gcra: Gcra, nowMs: number): string =>
  `"${name}";r=${gcra.left(nowMs)};t=${Math.ceil(gcra.fullInMs(nowMs) / 1000)}`;
