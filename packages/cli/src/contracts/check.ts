import type { RegistryClient } from '@millrace/avro';
import {
  type Contract,
  type ContractProblem,
  checkHistory,
  parseProject,
  valueSubject,
} from '@millrace/contracts';
import { readProjectFiles } from '@millrace/runtime';
import { openGitHistory } from './git-history.ts';

/**
 * Everything that can be wrong with a project's contracts before they meet a running system: the files
 * themselves, and what their change does to readers of earlier versions.
 */
export interface CheckResult {
  readonly contracts: readonly Contract[];
  readonly problems: readonly ContractProblem[];
  /** Streams that were compared with an earlier version. */
  readonly compared: number;
  /** What the streams were compared with, in words. */
  readonly against: string;
}

type EarlierVersion = (contract: Contract) => Promise<string | undefined>;

const noEarlierVersion: EarlierVersion = async () => undefined;

const compare = async (contracts: readonly Contract[], earlier: EarlierVersion) => {
  const results = await Promise.all(
    contracts.map(async (contract) => {
      const text = await earlier(contract);
      return text === undefined ? undefined : checkHistory(contract, text);
    }),
  );
  const compared = results.filter((problems) => problems !== undefined);
  return { compared: compared.length, problems: compared.flat() };
};

/** Checks the files, and each stream against its file at a git ref (offline). */
export const checkAgainstGit = async (directory: string, ref: string): Promise<CheckResult> => {
  const { contracts, problems } = parseProject(await readProjectFiles(directory));
  const show = await openGitHistory(directory, ref);
  const earlier: EarlierVersion =
    show === undefined ? noEarlierVersion : ({ files }) => show(files.avsc);
  const history = await compare(contracts, earlier);
  return {
    contracts,
    problems: [...problems, ...history.problems],
    compared: history.compared,
    against: show === undefined ? 'nothing: no commit to compare with' : `git ${ref}`,
  };
};

/** Checks the files, and each event stream against its latest registered version. */
export const checkAgainstRegistry = async (
  directory: string,
  registry: RegistryClient,
): Promise<CheckResult> => {
  const { contracts, problems } = parseProject(await readProjectFiles(directory));
  const history = await compare(contracts, async ({ source, topic }) => {
    if (source.kind === 'change') return undefined;
    return (await registry.latest(valueSubject(topic.name)))?.schemaText;
  });
  return {
    contracts,
    problems: [...problems, ...history.problems],
    compared: history.compared,
    against: 'the registry',
  };
};
