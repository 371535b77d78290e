import type { ContractProblem } from './contract-problem.ts';

/**
 * Which files make which contract: `schemas/<domain>/<name>.avsc` and `.odcs.yaml` beside it. Reads no
 * contents. Files of other kinds (a README) are passed over.
 */
export interface ProjectFile {
  /** Path with `/`, from the project's root, e.g. `schemas/flights/departed.avsc`. */
  readonly path: string;
  readonly text: string;
}

/** Editors of Windows put a byte order mark before the text, which JSON does not know. */
export const withoutMark = (text: string): string =>
  text.startsWith('\uFEFF') ? text.slice(1) : text;

export interface ContractPair {
  readonly domain: string;
  readonly name: string;
  readonly avsc: ProjectFile;
  readonly odcs: ProjectFile;
}

const contractSuffix = /\.(?:avsc|odcs\.ya?ml)$/;
const contractPath = /^schemas\/([^/]+)\/([^/]+?)\.(avsc|odcs\.yaml)$/;
const plainName = /^[a-z][a-z0-9_]*$/;

const locationProblem = (file: ProjectFile): ContractProblem => ({
  file: file.path,
  rule: 'file-location',
  message: 'The file is not where a contract stands.',
  remedy: 'Contracts are schemas/<domain>/<name>.avsc and schemas/<domain>/<name>.odcs.yaml.',
});

const orphanProblem = (file: ProjectFile, missing: string): ContractProblem => ({
  file: file.path,
  rule: 'orphan-file',
  message: `${missing} is missing: a contract is two files.`,
  remedy: `Add ${missing}, or remove this file.`,
});

const nameProblem = (file: ProjectFile, name: string): ContractProblem => ({
  file: file.path,
  rule: 'name-not-plain',
  message: `${name} does not fit topics, URLs and tables alike.`,
  remedy: 'Use lower case letters, digits and _, beginning with a letter.',
});

/** Pairs in path order, and a problem for each file that makes no pair. */
export const pairContractFiles = (
  files: readonly ProjectFile[],
): { readonly pairs: readonly ContractPair[]; readonly problems: readonly ContractProblem[] } => {
  const problems: ContractProblem[] = [];
  const halves = new Map<string, { avsc?: ProjectFile; odcs?: ProjectFile }>();
  const byPath = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const file of byPath.filter(({ path }) => contractSuffix.test(path))) {
    const match = contractPath.exec(file.path);
    if (match === null) {
      problems.push(locationProblem(file));
      continue;
    }
    const [, domain = '', name = '', kind] = match;
    const wrong = [domain, name].find((part) => !plainName.test(part));
    if (wrong !== undefined) {
      problems.push(nameProblem(file, wrong));
      continue;
    }
    const stem = `${domain}/${name}`;
    halves.set(stem, {
      ...halves.get(stem),
      ...(kind === 'avsc' ? { avsc: file } : { odcs: file }),
    });
  }
  const pairs: ContractPair[] = [];
  for (const [stem, { avsc, odcs }] of halves) {
    const [domain = '', name = ''] = stem.split('/');
    if (avsc !== undefined && odcs !== undefined) pairs.push({ domain, name, avsc, odcs });
    else if (avsc !== undefined) problems.push(orphanProblem(avsc, `schemas/${stem}.odcs.yaml`));
    else if (odcs !== undefined) problems.push(orphanProblem(odcs, `schemas/${stem}.avsc`));
  }
  return { pairs, problems };
};
