import type { ErrorDoc } from './error-doc.ts';

/** Errors of the quality service's API, and of those who ask it. */
export const operationsErrors = {
  'operations.unavailable': {
    summary: 'The quality service does not answer.',
    cause: 'It does not run, the address is wrong, or the network is.',
    remedy: 'Check MILLRACE_QUALITY_URL and that the service runs; then try again.',
  },
  'operations.unexpected-answer': {
    summary: 'What answered is not the quality service.',
    cause: 'The address leads to another program, or a proxy in between answers for itself.',
    remedy: 'Check MILLRACE_QUALITY_URL.',
  },
  'operations.unknown': {
    summary: 'There is nothing of that name.',
    cause: 'The path, id or name in the request is not known to the service.',
    remedy: 'Look the name up in the list that holds it.',
  },
  'operations.request-invalid': {
    summary: 'The request does not say what it must.',
    cause: 'A value is missing, has another type, or is out of its bounds.',
    remedy: 'Correct what the detail names.',
  },
  'operations.not-measured': {
    summary: 'The quality service has not measured that yet.',
    cause: 'It has just started, or what it measures (Kafka, ClickHouse) has been away since.',
    remedy: 'Try again in some seconds; if it stays so, read the warnings in the service’s log.',
  },
  'operations.notification-failed': {
    summary: 'A channel did not take a notification.',
    cause: 'It cannot be reached, answers with an error, or refuses what it is sent.',
    remedy:
      'Check the channel in MILLRACE_QUALITY_NOTIFICATIONS_FILE; it is tried again for an hour where that can help.',
  },
  'operations.internal': {
    summary: 'The quality service failed to answer; a mistake of its own.',
    cause: 'A bug. The service’s log has the error.',
    remedy: 'Report it with the line of the log.',
  },
  'operations.credential-missing': {
    summary: 'The request does not say who sends it.',
    cause: 'The service asks who one is, and neither a token nor a login came with the request.',
    remedy:
      'Log in to the console, or send `Authorization: Bearer mrq_…` (MILLRACE_QUALITY_TOKEN for `millrace`); a token is made by `millrace quality token new`.',
  },
  'operations.credential-invalid': {
    summary: 'The token is not one that the service knows.',
    cause: 'It is misspelt, cut off, or its line is not in MILLRACE_QUALITY_TOKENS_FILE any more.',
    remedy: 'Compare it with what was printed when it was made, or make a new one.',
  },
  'operations.credential-expired': {
    summary: 'The token has ended.',
    cause: 'The moment `notAfter` of its line has passed.',
    remedy: 'Make a new token, or move the moment in the file.',
  },
  'operations.role-missing': {
    summary: 'Whoever asks may not do this.',
    cause: 'It asks for a higher role: viewer < operator < admin.',
    remedy: 'Ask somebody who has the role that the detail names, or use a token that has it.',
  },
  'operations.origin-forbidden': {
    summary: 'A page of another origin tries to use the service in somebody’s name.',
    cause:
      'The request’s Origin, Sec-Fetch-Site or Host is not the service’s own: another site’s page sent it, or a proxy in between changes Host.',
    remedy:
      'Open the console under its own address; behind a proxy, set MILLRACE_QUALITY_PUBLIC_URL to the address that people use. Programs send a Bearer token.',
  },
  'operations.attempts-exceeded': {
    summary: 'Too many logins of this address failed.',
    cause: 'Somebody there guesses, or a program repeats a wrong token.',
    remedy:
      'Correct it and wait for Retry-After. Requests with a token that is right pass meanwhile.',
  },
  'operations.login-failed': {
    summary: 'The login at the identity provider did not succeed.',
    cause:
      'The person was refused there, took longer than ten minutes, began in another browser, or the provider’s answer could not be trusted.',
    remedy:
      'Log in again; if it stays so, compare client id, secret and redirect address (<public URL>/auth/callback) with the provider’s, and both clocks.',
  },
  'operations.provider-unavailable': {
    summary: 'The identity provider does not answer.',
    cause: 'It is away, MILLRACE_QUALITY_OIDC_ISSUER is wrong, or its certificate is not trusted.',
    remedy:
      'Open <issuer>/.well-known/openid-configuration from the service’s machine; log in again. Tokens go on working meanwhile.',
  },
  'operations.audit-unavailable': {
    summary: 'The action was not begun, for it could not be written down who does it.',
    cause: 'Kafka did not take the record of the audit.',
    remedy: 'Bring Kafka back, then do it again. Nothing was changed.',
  },
  'operations.canary-refused': {
    summary: 'The door did not take a canary.',
    cause: 'It is away, or its answer, in the message, says what it asks for.',
    remedy:
      'Check MILLRACE_QUALITY_INGEST_URL, and that the key in MILLRACE_QUALITY_INGEST_TOKEN may send millrace.canary. When other senders are refused, too, look at the door.',
  },
  'operations.sql-refused': {
    summary: 'This statement may not be asked here.',
    cause:
      'It is no SELECT, or names what the SQL box does not reach: the server’s own tables, other databases, files and servers, tables with classified columns.',
    remedy:
      'Ask what the detail leaves; for classified columns set MILLRACE_QUALITY_SQL_URL to a user who may read them.',
  },
  'operations.sql-failed': {
    summary: 'ClickHouse refused the statement.',
    cause:
      'A name or the syntax is wrong, or the user may not; the detail is ClickHouse’s own text.',
    remedy: 'Correct what the detail names.',
  },
  'operations.sql-limit': {
    summary: 'The statement would cost more than it may.',
    cause: 'Its time, memory or result ran into a bound; the detail says which.',
    remedy:
      'Narrow it by time or key, or aggregate; MILLRACE_QUALITY_SQL_TIME and MILLRACE_QUALITY_SQL_MEMORY are the bounds.',
  },
  'operations.sql-busy': {
    summary: 'Too many statements run at once.',
    cause: 'Others use the SQL box now.',
    remedy: 'Try again in some seconds.',
  },
  'operations.openlineage-refused': {
    summary: 'The OpenLineage address does not take events.',
    cause: 'Nobody answers there, the token is wrong, or the server has a fault of its own.',
    remedy:
      'Check MILLRACE_QUALITY_OPENLINEAGE_URL and its token; events wait and are sent again, the oldest of many are lost.',
  },
} as const satisfies Record<string, ErrorDoc>;
