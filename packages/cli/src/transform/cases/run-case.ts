import { type Contract, MillraceError } from '@millrace/contracts';
import { createDriver, type Driver, type Transform } from '@millrace/streams';
import type { Case, Step } from './case.ts';
import { type Difference, outputDifferences } from './compare-outputs.ts';
import { createJsonRecords, type JsonRecords } from './json-records.ts';

/** What came of a case; as it should when there are no differences. */
export interface CaseResult {
  readonly name: string;
  readonly differences: readonly Difference[];
}

/**
 * Runs a case through the driver, with every record held against its contract. Throws
 * `transform.cases-invalid` for what the case itself has wrong.
 */
export const runCase = async (
  transform: Transform,
  contracts: readonly Contract[],
  { name, where, partitions, startMs, given, expected }: Case,
): Promise<CaseResult> => {
  const driver = createDriver(transform, { contracts, partitions, startMs });
  const recordsOf = createRecordsByContract(contracts, where);
  for (const step of given) await take(driver, step, recordsOf);
  const failures = driver.takeFailures();
  return {
    name,
    differences: [
      ...Object.entries(expected.outputs).flatMap(([contract, wanted]) =>
        outputDifferences(contract, wanted, driver.take(contract), recordsOf(contract)),
      ),
      ...countDifference('late', expected.late, driver.takeLate().length),
      ...countDifference('rejected', expected.rejected, driver.takeRejected().length),
      ...countDifference('failed', expected.failed, failures.length).map((difference) => ({
        ...difference,
        actual: failures.map(({ error }) => error.message),
      })),
    ],
  };
};

const createRecordsByContract = (contracts: readonly Contract[], where: string) => {
  const known = new Map<string, JsonRecords>();
  return (id: string): JsonRecords => {
    const contract = contracts.find((one) => one.id === id);
    if (contract === undefined)
      throw new MillraceError('transform.cases-invalid', `${where}: there is no contract '${id}'`);
    const records = known.get(id) ?? createJsonRecords(contract, where);
    known.set(id, records);
    return records;
  };
};

const take = async (
  driver: Driver,
  step: Step,
  recordsOf: (id: string) => JsonRecords,
): Promise<void> => {
  switch (step.kind) {
    case 'clock':
      driver.advanceClock(step.byMs);
      break;
    case 'close':
      await driver.settle();
      driver.close();
      break;
    case 'restart':
      await driver.settle();
      driver.reopen();
      break;
    case 'record': {
      const { kind: _kind, contract, value, ...where } = step;
      driver.pipe(contract, value === null ? null : recordsOf(contract).valueOf(value), where);
    }
  }
  await driver.settle();
};

const countDifference = (what: string, expected: number, actual: number): Difference[] =>
  expected === actual ? [] : [{ what, expected, actual }];
