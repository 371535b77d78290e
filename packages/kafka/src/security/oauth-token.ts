/**
 * Tokens for SASL/OAUTHBEARER by the client credentials grant (RFC 6749, 4.4), each used until shortly before it expires.
 * Source of the mechanism: RFC 7628, KIP-255, KIP-768.
 */
import { MillraceError } from '@millrace/contracts';

export interface TokenSource {
  /** The token endpoint. */
  readonly url: string;
  readonly clientId: string;
  clientSecret(): Promise<string>;
  readonly scope?: string;
}

const timeoutMs = 10_000;
/** Part of a token's life after which another is asked for. */
const usedShare = 0.8;

const failure = (message: string, cause?: unknown) =>
  new MillraceError('kafka.unauthenticated', message, { retryable: true, cause });

/** The returned function rejects with `kafka.unauthenticated`; calls at the same time share one request. */
export const oauthTokens = (source: TokenSource): (() => Promise<string>) => {
  let current: { readonly token: Promise<string>; freshUntilMs: number } | undefined;
  const ask = async (): Promise<{ token: string; lifeMs: number }> => {
    const body = new URLSearchParams({ grant_type: 'client_credentials' });
    if (source.scope !== undefined) body.set('scope', source.scope);
    const secret = await source.clientSecret();
    const credentials = [source.clientId, secret].map(encodeURIComponent).join(':');
    const response = await fetch(source.url, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
        accept: 'application/json',
      },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((cause: unknown) => {
      throw failure(`${source.url} does not answer`, cause);
    });
    const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    const { access_token: token, expires_in: seconds } = answer;
    // The answer's words are not told: a token endpoint may repeat what it was sent.
    if (!response.ok || typeof token !== 'string')
      throw failure(`${source.url} gave no token: HTTP ${response.status}`);
    return { token, lifeMs: typeof seconds === 'number' ? seconds * 1000 : 60_000 };
  };
  return () => {
    if (current !== undefined && Date.now() < current.freshUntilMs) return current.token;
    const asked = ask();
    const entry = {
      token: asked.then(({ token }) => token),
      freshUntilMs: Number.POSITIVE_INFINITY,
    };
    current = entry;
    asked.then(
      ({ lifeMs }) => {
        entry.freshUntilMs = Date.now() + lifeMs * usedShare;
      },
      () => {
        if (current === entry) current = undefined;
      },
    );
    return entry.token;
  };
};
