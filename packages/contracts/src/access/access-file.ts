import { readSourceDocument } from '../odcs/source-document.ts';
import { validateForm } from '../odcs/validate-odcs.ts';
import type { ContractProblem } from '../project/contract-problem.ts';
import {
  type AccessFile,
  type AccessLimits,
  type AccessUser,
  defaultAccessLimits,
} from './access-words.ts';

/** The file's words with their defaults; `text` absent: no users, default limits. */
export const parseAccessFile = (
  path: string,
  text: string | undefined,
): { readonly access: AccessFile; readonly problems: readonly ContractProblem[] } => {
  const nothing: AccessFile = { limits: defaultAccessLimits, users: [] };
  if (text === undefined || text.trim() === '') return { access: nothing, problems: [] };
  const { document, problems } = readSourceDocument(path, text);
  const found =
    problems.length > 0 ? problems : validateForm('access', document, [], document.value);
  if (found.length > 0) return { access: nothing, problems: found };
  const given = document.value as Partial<{
    limits: Partial<AccessLimits>;
    users: readonly AccessUser[];
  }>;
  const users = given.users ?? [];
  const twice = users.flatMap(({ name }, index) =>
    users.findIndex((one) => one.name === name) === index
      ? []
      : [
          document.problemAt(['users', index], {
            rule: 'duplicate',
            message: `${name} is named twice.`,
            remedy: 'Put all roles of a user into one entry.',
          }),
        ],
  );
  return {
    access: { limits: { ...defaultAccessLimits, ...given.limits }, users },
    problems: twice,
  };
};
