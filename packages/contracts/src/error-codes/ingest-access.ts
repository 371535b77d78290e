import type { ErrorDoc } from './error-doc.ts';

/** Errors of the HTTP door about who sends, and how much of it. */
export const ingestAccessErrors = {
  'ingest.credential-missing': {
    summary: 'The request does not say who sends it.',
    cause: 'The door asks for keys, and none came with the request.',
    remedy:
      'Send `Authorization: Bearer mrk_…` or `X-Api-Key: mrk_…`; a key is made by `millrace ingest keys create`.',
  },
  'ingest.credential-invalid': {
    summary: 'The key, token or certificate is not one that the door knows.',
    cause:
      'It is misspelt, cut off, was never made here, its secret was rotated away, or its signature, issuer or audience is another.',
    remedy:
      'Compare it with what was printed when it was made; `millrace ingest keys list` shows the ids.',
  },
  'ingest.credential-expired': {
    summary: 'The key or token does not hold now.',
    cause: 'It was revoked, has ended, or has not begun.',
    remedy:
      'Make a new key or fetch a new token; `millrace ingest keys show <id>` has the moments.',
  },
  'ingest.key-in-url': {
    summary: 'This key may not stand in a URL.',
    cause:
      'URLs are logged by everything on the way. Only keys made for browsers are taken from `?key=`.',
    remedy: 'Send it as a header and rotate it; or make a key with `--origin` for the browser.',
  },
  'ingest.scope-missing': {
    summary: 'The sender may not send to this stream.',
    cause: 'No scope of the key or token covers it; the message names the one that is missing.',
    remedy: 'Give the key the scope, or use another one.',
  },
  'ingest.origin-forbidden': {
    summary: 'The key is for pages of other origins.',
    cause: "The request's Origin header is absent or not one of the key's.",
    remedy: 'Make a key with this `--origin`; from a server, use a key without origins.',
  },
  'ingest.identity-unavailable': {
    summary: 'Whether the key or token is genuine cannot be found out now.',
    cause:
      'The signing key of the token is not known yet and the JWKS address does not answer; or Kafka was away when the door started. Known keys go on working.',
    remedy:
      'Send the same request again after Retry-After; see why MILLRACE_INGEST_JWT_JWKS_URL is away.',
  },
  'ingest.attempts-exceeded': {
    summary: 'Too many requests of this address had no valid key.',
    cause: 'Somebody there guesses, or a client repeats a wrong key.',
    remedy:
      'Correct the client and wait for Retry-After. Requests with a valid API key pass meanwhile.',
  },
  'ingest.rate-exceeded': {
    summary: 'The sender sends more than it may.',
    cause:
      'Requests, events or bytes a second, or events a day, exceed the limits of the key or of the door.',
    remedy:
      'Send the same request again after Retry-After; send more events a request; or raise the limits of the key.',
  },
  'ingest.stream-rate-exceeded': {
    summary: 'The stream takes no more now.',
    cause:
      'All senders together exceed its rate: `ingest.rate` of the contract or MILLRACE_INGEST_STREAM_RATE.',
    remedy: 'Send the same request again after Retry-After, or raise the rate.',
  },
  'ingest.key-rate-exceeded': {
    summary: 'Too many events of one Kafka key.',
    cause:
      'The key gets more than `ingest.keyRate` of the contract or MILLRACE_INGEST_KEY_RATE: its partition would stall the others.',
    remedy: 'Send these events again, more slowly, or choose a key that spreads them.',
  },
  'ingest.share-exceeded': {
    summary: 'The sender holds as much of the queue as one sender may.',
    cause: 'It has too many bytes on their way at once; the rest is kept free for others.',
    remedy: 'Send the same request again after Retry-After, and fewer at a time.',
  },
  'ingest.pipelining-exceeded': {
    summary: 'Too many requests at once on one connection.',
    cause: 'The client pipelines: it sends on without waiting for answers.',
    remedy: 'Wait for answers, or open more connections.',
  },
  'ingest.request-too-slow': {
    summary: 'The request came too slowly.',
    cause:
      'Its header or body took longer than the door waits, or fewer bytes a second came than MILLRACE_INGEST_BODY_RATE_MIN.',
    remedy: 'Send it again; on a slow line send fewer events a request.',
  },
  'ingest.header-too-large': {
    summary: 'The header of the request is too large.',
    cause: 'It exceeds MILLRACE_INGEST_HEADER_MAX.',
    remedy: 'Send fewer or shorter headers; cookies are not needed.',
  },
  'config.access-invalid': {
    summary: 'Keys, certificates or tokens cannot be checked as configured.',
    cause:
      'The file of keys, the certificate, its key or the client CA cannot be read or do not fit, or a setting of JWT is missing.',
    remedy: 'Correct what the message names.',
  },
} as const satisfies Record<string, ErrorDoc>;
