import type { Contract } from '../contract.ts';
import { suggestWord } from '../nearest-word.ts';
import { readSourceDocument } from '../odcs/source-document.ts';
import { warehouseNames } from '../warehouse/warehouse-objects.ts';
import { hasWarehouse } from '../warehouse/warehouse-table.ts';
import { buildContract } from './build-contract.ts';
import {
  type ContractPair,
  type ProjectFile,
  pairContractFiles,
  withoutMark,
} from './contract-files.ts';
import type { ContractProblem } from './contract-problem.ts';
import { readRecord } from './read-record.ts';

/**
 * Files to contracts: pure, so that it runs in CI, in tests and in every service alike.
 * Reading the files belongs to the caller.
 */
export interface ProjectReading {
  /** The contracts without problems, by id. */
  readonly contracts: readonly Contract[];
  readonly problems: readonly ContractProblem[];
}

const readContract = (pair: ContractPair, problems: ContractProblem[]): Contract | undefined => {
  const avsc = readRecord(pair);
  const odcs = readSourceDocument(pair.odcs.path, pair.odcs.text);
  problems.push(...avsc.problems, ...odcs.problems);
  if (avsc.record === undefined || odcs.problems.length > 0) return undefined;
  return buildContract(pair, avsc.record, odcs.document, problems);
};

/** What only one contract of a project may claim. */
const claims = {
  topic: (contract: Contract) => [contract.topic.name],
  'table or view': (contract: Contract) => (hasWarehouse(contract) ? warehouseNames(contract) : []),
} as const;

const duplicateProblems = (contracts: readonly Contract[]): readonly ContractProblem[] =>
  Object.entries(claims).flatMap(([what, claimsOf]) => {
    const owners = new Map<string, Contract>();
    return contracts.flatMap((contract): readonly ContractProblem[] => {
      const names = claimsOf(contract);
      const taken = names.find((name) => (owners.get(name) ?? contract) !== contract);
      for (const name of names) owners.set(name, owners.get(name) ?? contract);
      const owner = taken === undefined ? undefined : owners.get(taken);
      if (owner === undefined) return [];
      return [
        {
          file: contract.files.odcs,
          rule: 'duplicate',
          message: `The ${what} ${taken} already belongs to ${owner.id} (${owner.files.odcs}).`,
          remedy: `Give ${contract.id} a ${what} of its own.`,
        },
      ];
    });
  });

/** A contract may end before the one to go to is correct: what counts is that its files are there. */
const replacementProblems = (
  contracts: readonly Contract[],
  pairs: readonly ContractPair[],
): readonly ContractProblem[] => {
  const ids = pairs.map(({ domain, name }) => `${domain}.${name}`);
  return contracts.flatMap((contract): readonly ContractProblem[] => {
    const wanted = contract.about.ending?.replacedBy;
    if (wanted === undefined || (ids.includes(wanted) && wanted !== contract.id)) return [];
    return [
      {
        file: contract.files.odcs,
        rule: 'replacement-unknown',
        message: `${contract.id} is to be replaced by ${wanted}, which is no other contract of the project.`,
        remedy: suggestWord(wanted, ids),
      },
    ];
  });
};

/** Reads files that make contracts, whosever they are; problems are in file order. */
export const parseFiles = (files: readonly ProjectFile[]): ProjectReading => {
  const { pairs, problems: fileProblems } = pairContractFiles(
    files.map(({ path, text }) => ({ path, text: withoutMark(text) })),
  );
  const problems = [...fileProblems];
  const contracts = pairs
    .map((pair) => readContract(pair, problems))
    .filter((contract) => contract !== undefined);
  problems.push(...duplicateProblems(contracts), ...replacementProblems(contracts, pairs));
  const byFile = problems.sort(
    (a, b) => a.file.localeCompare(b.file) || (a.line ?? 0) - (b.line ?? 0),
  );
  return { contracts, problems: byFile };
};
