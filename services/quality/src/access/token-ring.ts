/** The tokens of the file, by id. A change of the file holds for the next request, also of those who logged in by a token. */
import { timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  formatProblem,
  hashKeyToken,
  MillraceError,
  type OperationsToken,
  operationsTokenId,
  parseOperationsTokens,
} from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import { followFile } from '@millrace/runtime';
import type { Actor } from './actor.ts';

export type TokenAnswer =
  | { readonly ok: true; readonly actor: Actor; readonly id: string }
  | {
      readonly ok: false;
      readonly code: 'operations.credential-invalid' | 'operations.credential-expired';
      readonly message: string;
      /** The token's name, where it was right and has ended. */
      readonly name?: string;
    };

export interface TokenRing {
  setTokens(tokens: readonly OperationsToken[]): void;
  check(token: string, nowMs: number): TokenAnswer;
  /** Who a token that was right before is now: the file may have changed. */
  again(id: string, sha256: string, nowMs: number): Actor | undefined;
}

const unknown = {
  ok: false,
  code: 'operations.credential-invalid',
  message: 'The token is not known here.',
} as const;

const nothing = Buffer.alloc(32);

const actorOf = ({ name, role, notAfter }: OperationsToken): Actor => ({
  ...{ name, role, way: 'token' },
  untilMs: notAfter === undefined ? null : Date.parse(notAfter),
});

export const createTokenRing = (): TokenRing => {
  let byId = new Map<string, { readonly token: OperationsToken; readonly hash: Buffer }>();
  return {
    setTokens: (tokens) => {
      byId = new Map(
        tokens.map((token) => [token.id, { token, hash: Buffer.from(token.sha256, 'hex') }]),
      );
    },
    check: (text, nowMs) => {
      const id = operationsTokenId(text);
      if (id === undefined)
        return { ...unknown, message: 'The token does not have the form mrq_<id>_<secret>.' };
      const found = byId.get(id);
      // As long as for a known id, whose existence is so not to be told by the time.
      if (!timingSafeEqual(found?.hash ?? nothing, hashKeyToken(text)) || found === undefined)
        return unknown;
      const { name } = found.token;
      const actor = actorOf(found.token);
      if (actor.untilMs === null || nowMs < actor.untilMs) return { ok: true, actor, id };
      const message = `The token ended at ${found.token.notAfter}.`;
      return { ok: false, code: 'operations.credential-expired', message, name };
    },
    again: (id, sha256, nowMs) => {
      const token = byId.get(id)?.token;
      if (token === undefined || token.sha256 !== sha256) return undefined;
      const actor = actorOf(token);
      return actor.untilMs === null || nowMs < actor.untilMs ? actor : undefined;
    },
  };
};

/** Rejects with `config.access-invalid` when the file cannot be used at the start; a bad file later leaves the tokens as they were. */
export const followTokensFile = (
  path: string,
  ring: TokenRing,
  options: { readonly clock: Clock; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> =>
  followFile(path, { ...options, what: 'tokens', read: readTokens, take: ring.setTokens });

const readTokens = async (path: string): Promise<readonly OperationsToken[]> => {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new MillraceError('config.access-invalid', `${path} cannot be read (${cause.code}).`, {
      cause,
    });
  });
  const { tokens, problems } = parseOperationsTokens(path, text);
  if (problems.length > 0)
    throw new MillraceError('config.access-invalid', problems.map(formatProblem).join('\n'));
  return tokens;
};
