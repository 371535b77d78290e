/** The HTTP status of each code about who sends and how much; the others are in problem.ts. */
export const accessStatuses = {
  'ingest.credential-missing': 401,
  'ingest.credential-invalid': 401,
  'ingest.credential-expired': 401,
  'ingest.key-in-url': 401,
  'ingest.scope-missing': 403,
  'ingest.origin-forbidden': 403,
  'ingest.request-too-slow': 408,
  'ingest.attempts-exceeded': 429,
  'ingest.rate-exceeded': 429,
  'ingest.stream-rate-exceeded': 429,
  'ingest.key-rate-exceeded': 429,
  'ingest.pipelining-exceeded': 429,
  'ingest.header-too-large': 431,
  'ingest.identity-unavailable': 503,
  'ingest.share-exceeded': 503,
} as const;
