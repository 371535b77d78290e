/** What a change does, for a terminal and a CI log. */
import type { ImpactReport } from '@millrace/operations';

type ContractImpact = ImpactReport['contracts'][number];

const contractText = ({ contract, changes, affected, columns, objects }: ContractImpact): string =>
  [
    contract,
    ...changes.map(
      ({ breaking, rule, message }) => `  ${breaking ? 'BREAKS' : 'ok    '}  ${message} [${rule}]`,
    ),
    ...(columns.length === 0 ? [] : [`  columns   ${columns.join(', ')}`]),
    ...objects.map(({ kind, name, why }) => `  ${kind.padEnd(9)} ${name}: ${why}`),
    ...affected
      .filter(({ kind }) => kind !== 'transform')
      .map(({ kind, name, seen }) => `  ${kind.padEnd(9)} ${name}${seen ? ', seen reading' : ''}`),
  ].join('\n');

export const impactText = ({ contracts, problems }: ImpactReport): string =>
  [
    ...problems,
    ...(contracts.length === 0 && problems.length === 0 ? ['Nothing changes.'] : []),
    ...contracts.map(contractText),
  ].join('\n\n');

/** Whether somebody has to look before this goes in. */
export const isBreaking = ({ contracts, problems }: ImpactReport): boolean =>
  problems.length > 0 || contracts.some(({ changes }) => changes.some(({ breaking }) => breaking));
