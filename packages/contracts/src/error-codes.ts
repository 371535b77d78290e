import { avroErrors } from './error-codes/avro.ts';
import { backupErrors } from './error-codes/backup.ts';
import { cdcErrors } from './error-codes/cdc.ts';
import { clickhouseErrors } from './error-codes/clickhouse.ts';
import { configErrors } from './error-codes/config.ts';
import { contractsErrors } from './error-codes/contracts.ts';
import { deadErrors } from './error-codes/dead.ts';
import { demoErrors } from './error-codes/demo.ts';
import { ingestErrors } from './error-codes/ingest.ts';
import { ingestAccessErrors } from './error-codes/ingest-access.ts';
import { ingestPullErrors } from './error-codes/ingest-pull.ts';
import { ingestRejectedErrors } from './error-codes/ingest-rejected.ts';
import { kafkaErrors } from './error-codes/kafka.ts';
import { mirrorErrors } from './error-codes/mirror.ts';
import { operationsErrors } from './error-codes/operations.ts';
import { pgoutputErrors } from './error-codes/pgoutput.ts';
import { replayErrors } from './error-codes/replay.ts';
import { sinkErrors } from './error-codes/sink.ts';
import { stackErrors } from './error-codes/stack.ts';
import { streamGateErrors } from './error-codes/stream-gate.ts';
import { transformErrors } from './error-codes/transform.ts';
import { verifyErrors } from './error-codes/verify.ts';

/**
 * Every error code of the platform, documented once, by area: one file each under error-codes/.
 * `tools/docs` turns this table into docs/reference/errors.md and the tidy test proves that each code is
 * thrown somewhere. Codes are `<area>.<noun>-<what>`.
 */
export const errorCodes = {
  ...configErrors,
  ...avroErrors,
  ...backupErrors,
  ...pgoutputErrors,
  ...cdcErrors,
  ...clickhouseErrors,
  ...stackErrors,
  ...kafkaErrors,
  ...contractsErrors,
  ...deadErrors,
  ...demoErrors,
  ...sinkErrors,
  ...ingestErrors,
  ...ingestPullErrors,
  ...ingestRejectedErrors,
  ...ingestAccessErrors,
  ...replayErrors,
  ...transformErrors,
  ...verifyErrors,
  ...operationsErrors,
  ...mirrorErrors,
  ...streamGateErrors,
} as const;

export type ErrorCode = keyof typeof errorCodes;

export type { ErrorDoc } from './error-codes/error-doc.ts';
