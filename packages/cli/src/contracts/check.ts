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
import { findMigrations } from './migrations/read-migrations.ts';

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

/** Problems of the step from an earlier version; `undefined` when there is none to compare with. */
type Comparison = (contract: Contract) => Promise<readonly ContractProblem[] | undefined>;

const checkAgainst = async (
  directory: string,
  against: string,
  compare: Comparison,
): Promise<CheckResult> => {
  const { contracts, problems: wrong } = parseProject(await readProjectFiles(directory));
  const problems = [...wrong, ...(await findMigrations(directory)).problems];
  const compared = (await Promise.all(contracts.map(compare))).filter(
    (found) => found !== undefined,
  );
  return {
    contracts,
    problems: [...problems, ...compared.flat()],
    compared: compared.length,
    against,
  };
};

/**
 * Checks the files, and each stream against its file at a git ref (offline). A directory outside git, or a
 * repository without a commit, has nothing to compare with. Throws `contracts.reference-unknown`.
 */
export const checkAgainstGit = async (directory: string, ref: string): Promise<CheckResult> => {
  const show = await openGitHistory(directory, ref);
  if (show === undefined) {
    return checkAgainst(directory, 'nothing: no commit to compare with', async () => undefined);
  }
  return checkAgainst(directory, `git ${ref}`, async (contract) => {
    const text = await show(contract.files.avsc);
    return text === undefined ? undefined : checkHistory(contract, text);
  });
};

const registryProblem = (contract: Contract, messages: readonly string[]): ContractProblem => ({
  file: contract.files.avsc,
  rule: 'registry-refuses',
  message: `The registry finds the schema incompatible with a registered version: ${messages.join(' ')}`,
  remedy:
    'Make it readable with every version that the level asks for; the records are in the topic.',
});

/**
 * Checks the files, and each event stream against its latest registered version by our rules, and against
 * what the registry itself says, which knows the versions before (transitive levels).
 */
export const checkAgainstRegistry = (
  directory: string,
  registry: RegistryClient,
): Promise<CheckResult> =>
  checkAgainst(directory, 'the registry', async (contract) => {
    if (contract.source.kind === 'change') return undefined;
    const subject = valueSubject(contract.topic.name);
    const latest = await registry.latest(subject);
    if (latest === undefined) return undefined;
    const own = checkHistory(contract, latest.schemaText);
    if (own.length > 0) return own;
    const verdict = await registry.checkCompatible(subject, contract.schemaText);
    return verdict.compatible ? [] : [registryProblem(contract, verdict.messages)];
  });
