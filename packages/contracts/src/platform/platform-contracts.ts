/**
 * The contracts that the platform needs beside a project's own. They exist wherever they are needed, without a file; a
 * project that wants another retention, owner or access puts its own files at their place, with the same record.
 */
import type { Contract } from '../contract.ts';
import { MillraceError } from '../millrace-error.ts';
import type { ProjectFile } from '../project/contract-files.ts';
import { formatProblem } from '../project/contract-problem.ts';
import { parseFiles } from '../project/parse-files.ts';
import { alerts } from './alerts.ts';
import { canary } from './canary.ts';
import { type PlatformStream, platformDomain, platformFiles } from './platform-stream.ts';
import { qualityResults } from './quality-results.ts';
import { redrivenEvents, rejectedEvents } from './rejected-events.ts';

/** Each with what needs it. */
const platformStreams: readonly {
  readonly stream: PlatformStream;
  readonly isNeeded: (contracts: readonly Contract[]) => boolean;
}[] = [
  ...[rejectedEvents, redrivenEvents].map((stream) => ({
    stream,
    isNeeded: (contracts: readonly Contract[]) =>
      contracts.some(({ rejected }) => rejected === 'keep'),
  })),
  // in a project that holds its files, and nowhere else: it sends by itself
  { stream: canary, isNeeded: () => false },
  // The quality service writes it wherever it runs; it lands where a project holds its files.
  { stream: qualityResults, isNeeded: () => false },
];

const idOf = ({ name }: PlatformStream): string => `${platformDomain}.${name}`;

export const rejectedEventsId = idOf(rejectedEvents);
export const redrivenEventsId = idOf(redrivenEvents);
export const canaryId = idOf(canary);

/** True for a stream of the platform's own. */
export const isPlatformContract = ({ domain }: Pick<Contract, 'domain'>): boolean =>
  domain === platformDomain;

/** The platform's own files of a stream; undefined for a name that is none of its. */
export const platformFilesOf = (name: string): readonly ProjectFile[] | undefined => {
  const found = platformStreams.find(({ stream }) => stream.name === name);
  return found && platformFiles(found.stream);
};

const built = new Map<PlatformStream, Contract>();

const contractOf = (stream: PlatformStream): Contract => {
  let contract = built.get(stream);
  if (contract === undefined) {
    const { contracts, problems } = parseFiles(platformFiles(stream));
    if (problems.length > 0)
      throw new MillraceError('config.project-invalid', problems.map(formatProblem).join('\n'));
    contract = contracts[0]!;
    built.set(stream, contract);
  }
  return contract;
};

/** What the quality service writes of alerts; it makes the topic, and keeps its own table. */
export const alertsContract = (): Contract => contractOf(alerts);

/** What the quality service writes for others to follow. No project lands it unless it asks. */
export const qualityResultsContract = (): Contract => contractOf(qualityResults);

/** A project's contracts, and those of the platform that they need and the project does not hold itself. */
export const withPlatformContracts = (contracts: readonly Contract[]): readonly Contract[] => [
  ...contracts,
  ...platformStreams
    .filter(({ stream, isNeeded }) => {
      const id = idOf(stream);
      return isNeeded(contracts) && contracts.every((contract) => contract.id !== id);
    })
    .map(({ stream }) => contractOf(stream)),
];
