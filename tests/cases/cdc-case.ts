/** One case: what happens, what a consumer then sees, and the tests that make it happen. */
export interface NamedTest {
  /** From the repository's root. */
  readonly file: string;
  /** As it stands in the file. */
  readonly name: string;
}

export interface CdcCase {
  /** Numbers stay when a case goes: not all are in use. */
  readonly id: string;
  readonly area: 'Snapshot' | 'Stream and restart' | 'Events' | 'Types' | 'Beyond Debezium';
  readonly given: string;
  readonly expected: string;
  readonly tests: readonly NamedTest[];
  /** What of the case no test holds, and why. */
  readonly without?: string;
}

/** Where the service's own tests are. */
export const src = 'services/cdc/src';
/** Where servers are broken. */
export const failures = 'tests/failures';
/** What takes minutes, by `npm run test:long`. */
export const long = 'tests/long';
/** Tests of one file. */
export const of = (file: string, ...names: readonly string[]): readonly NamedTest[] =>
  names.map((name) => ({ file, name }));
