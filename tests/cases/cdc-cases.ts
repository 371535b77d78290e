/**
 * What whoever moves from Debezium for PostgreSQL will see happen one day, case by case, and the tests that make it
 * happen. `docs/reference/cdc-cases.md` is made of it, and a test in tools/docs fails when a test named here is gone.
 */

import { beyondCases } from './beyond-debezium-cases.ts';
import type { CdcCase } from './cdc-case.ts';
import { typesCases } from './column-type-cases.ts';
import { eventsCases } from './event-cases.ts';
import { snapshotCases } from './snapshot-cases.ts';
import { streamCases } from './stream-cases.ts';

export const cdcCases: readonly CdcCase[] = [
  ...snapshotCases,
  ...streamCases,
  ...eventsCases,
  ...typesCases,
  ...beyondCases,
];
