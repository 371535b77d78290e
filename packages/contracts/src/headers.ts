/** Kafka record header names. Values are UTF-8. */

/** CloudEvents' Kafka binding in binary mode, on every `events.*` record. */
export const cloudEventHeaders = {
  id: 'ce_id',
  source: 'ce_source',
  type: 'ce_type',
  specVersion: 'ce_specversion',
  time: 'ce_time',
  contentType: 'content-type',
} as const;

/** Kafka Connect's dead-letter headers, on every `dead.*` record. */
export const deadLetterHeaders = {
  topic: '__connect.errors.topic',
  partition: '__connect.errors.partition',
  offset: '__connect.errors.offset',
  stage: '__connect.errors.stage',
  exceptionClass: '__connect.errors.exception.class.name',
  exceptionMessage: '__connect.errors.exception.message',
} as const;

/** On records of `_millrace.dead.refused-again`, beside those of a dead letter. */
export const redriveHeaders = {
  /** The redrive that landed the record again. */
  id: 'millrace_redrive',
} as const;

/** On records of `dead.stream-transform`, beside those of a dead letter. */
export const transformHeaders = {
  /** `true`: nothing but the letter came of the record. `false`: results of it may stand on their topics. */
  whole: 'millrace_whole',
} as const;

/** Millrace's own, on records of `events.*`. */
export const millraceHeaders = {
  /** `sender`: the contract would give the id, and the event had none; whose it is decides with it. */
  idFrom: 'millrace_id_from',
} as const;
