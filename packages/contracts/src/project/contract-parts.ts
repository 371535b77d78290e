import type { AvroRecord } from '../avro-schema.ts';
import { suggestWord } from '../nearest-word.ts';
import type { OdcsProperty } from '../odcs/odcs-document.ts';
import type { DocumentPath, SourceDocument } from '../odcs/source-document.ts';
import type { ContractProblem } from './contract-problem.ts';

/**
 * What the builders of one contract share: its record, the ODCS properties by name, and where to report.
 */
type Finding = Pick<ContractProblem, 'rule' | 'message' | 'remedy'>;

export interface ContractParts {
  readonly domain: string;
  readonly name: string;
  readonly record: AvroRecord;
  /** ODCS properties by name, with their place. */
  readonly properties: ReadonlyMap<string, { value: OdcsProperty; path: DocumentPath }>;
  readonly key: readonly string[];
  /** Where Millrace's own part stands in the ODCS document. */
  readonly sectionPath: DocumentPath;
  report(path: DocumentPath, finding: Finding): void;
  /** Reports a name that is no field of the record. */
  reportUnknown(path: DocumentPath, name: string): void;
  problemCount(): number;
}

export const createContractParts = (
  given: Omit<ContractParts, 'report' | 'reportUnknown' | 'problemCount'>,
  document: SourceDocument,
  problems: ContractProblem[],
): ContractParts => {
  const report = (path: DocumentPath, finding: Finding) => {
    problems.push(document.problemAt(path, finding));
  };
  return {
    ...given,
    report,
    reportUnknown: (path, name) =>
      report(path, {
        rule: 'unknown-column',
        message: `${name} is not a field of ${given.record.fullName}.`,
        remedy: suggestWord(
          name,
          given.record.fields.map((field) => field.name),
        ),
      }),
    problemCount: () => problems.length,
  };
};
