/** A project's files to its contracts. The domain `millrace` is the platform's: a project may hold its streams, unchanged in their records. */
import { platformFilesOf } from '../platform/platform-contracts.ts';
import { platformDomain } from '../platform/platform-stream.ts';
import type { ProjectFile } from './contract-files.ts';
import type { ContractProblem } from './contract-problem.ts';
import { type ProjectReading, parseFiles } from './parse-files.ts';

/** Reads every contract of a project; problems are in file order. */
export const parseProject = (files: readonly ProjectFile[]): ProjectReading => {
  const { contracts, problems } = parseFiles(files);
  const foreign = contracts.flatMap((contract): readonly ContractProblem[] => {
    if (contract.domain !== platformDomain) return [];
    const own = platformFilesOf(contract.name)?.find(({ path }) => path.endsWith('.avsc'));
    if (own === undefined)
      return [
        {
          file: contract.files.odcs,
          rule: 'domain-reserved',
          message: `The domain ${platformDomain} is the platform's own, and it has no stream ${contract.name}.`,
          remedy: 'Move the contract to a domain of your own.',
        },
      ];
    if (sameJson(own.text, contract.schemaText)) return [];
    return [
      {
        file: contract.files.avsc,
        rule: 'platform-record-changed',
        message: `${contract.id} is written by the platform, and this is not the record that it writes.`,
        remedy: `Write the record as it is: ${JSON.stringify(JSON.parse(own.text))}`,
      },
    ];
  });
  return { contracts, problems: [...problems, ...foreign] };
};

const sameJson = (one: string, other: string): boolean =>
  JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other));
