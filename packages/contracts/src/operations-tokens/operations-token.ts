/**
 * Tokens of the quality service: who may see and who may act. How one is made and taken apart, and the file that holds
 * their hashes. Who follows the file is the service; what a role may do is said at its routes.
 */
import { randomBytes } from 'node:crypto';
import { readSourceDocument } from '../odcs/source-document.ts';
import { validateForm } from '../odcs/validate-odcs.ts';
import type { ContractProblem } from '../project/contract-problem.ts';

/** Found in committed source by scanners: `mrq_[a-z0-9]{4,32}_[\w-]{43}`. */
const tokenForm = /^mrq_([a-z0-9]{4,32})_[A-Za-z0-9_-]{43}$/;

/** 256 bits. */
const secretBytes = 32;

export interface OperationsToken {
  readonly id: string;
  /** Whose it is; stands in the audit. */
  readonly name: string;
  readonly role: 'viewer' | 'operator' | 'admin';
  /** SHA-256 of the whole token, hex: `hashKeyToken`, and why no slow hash is needed, is there. */
  readonly sha256: string;
  /** ISO 8601, exclusive; absent: until it is taken out of the file. */
  readonly notAfter?: string;
}

/** A new token for the id: 256 bits of the system's random source. It cannot be had again. */
export const mintOperationsToken = (id: string): string =>
  `mrq_${id}_${randomBytes(secretBytes).toString('base64url')}`;

/** The id in a token; undefined when the text is none. Says nothing about the secret. */
export const operationsTokenId = (token: string): string | undefined => tokenForm.exec(token)?.[1];

/** `tokens:` of a YAML or JSON file; the problems say file and line. */
export const parseOperationsTokens = (
  file: string,
  text: string,
): {
  readonly tokens: readonly OperationsToken[];
  readonly problems: readonly ContractProblem[];
} => {
  const { document, problems } = readSourceDocument(file, text);
  if (problems.length > 0) return { tokens: [], problems };
  const wrong = validateForm('operationsTokensFile', document, [], document.value);
  if (wrong.length > 0) return { tokens: [], problems: wrong };
  const { tokens } = document.value as { tokens: readonly OperationsToken[] };
  const repeated = tokens.flatMap(({ id }, index) =>
    tokens.findIndex((one) => one.id === id) === index
      ? []
      : [
          document.problemAt(['tokens', index, 'id'], {
            rule: 'duplicate',
            message: `The id ${id} stands here twice.`,
            remedy: 'Give one of them another id.',
          }),
        ],
  );
  return { tokens, problems: repeated };
};
