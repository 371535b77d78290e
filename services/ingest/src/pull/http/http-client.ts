/**
 * One GET of an API: authorised, at the allowed rate, tried again where that may help. What the pages mean is
 * http-source.ts.
 */
import { MillraceError } from '@millrace/contracts';
import { type Clock, pauseMs } from '@millrace/pipeline';
import type { HttpDeclaration } from './http-declaration.ts';

export interface HttpPage {
  readonly body: unknown;
  /** The address of `rel="next"` (RFC 8288). */
  readonly link?: string;
  readonly bytes: number;
}

export interface HttpClient {
  /**
   * Reads a page. Rejects with `ingest.place-unavailable` (it may pass) or `ingest.place-refused` (it will not); no message
   * holds a secret: addresses are told without their query.
   */
  get(url: URL, signal: AbortSignal): Promise<HttpPage>;
}

/** Tried this often before the session is given up; the session itself is repeated with longer pauses. */
const attemptsMax = 6;
const backoff = { initialMs: 250, multiplier: 2, maxMs: 15_000, jitter: 0.5 };
/** A server that asks for more is taken to be away. */
const retryAfterMaxMs = 120_000;
const pageBytesMax = 64 * 1024 * 1024;

const passing: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

export const createHttpClient = (options: HttpDeclaration, clock: Clock): HttpClient => {
  const token = createToken(options, clock);
  const turn = createTurns(options.rate, clock);

  const once = async (url: URL, fresh: boolean, signal: AbortSignal): Promise<Response> => {
    await turn(signal);
    const asked = new URL(url);
    const headers = new Headers({ accept: 'application/json', ...options.headers });
    const { basic, bearer, apiKey } = options.auth ?? {};
    if (basic !== undefined) {
      const pair = Buffer.from(`${basic.username}:${basic.password}`).toString('base64');
      headers.set('authorization', `Basic ${pair}`);
    }
    const bearing = bearer ?? (await token(fresh, signal));
    if (bearing !== undefined) headers.set('authorization', `Bearer ${bearing}`);
    if (apiKey?.header !== undefined) headers.set(apiKey.header, apiKey.value);
    if (apiKey?.parameter !== undefined) asked.searchParams.set(apiKey.parameter, apiKey.value);
    return send(asked, { headers }, options.timeoutSeconds, signal);
  };

  return {
    get: async (url, signal) => {
      let fresh = false;
      for (let attempt = 1; ; attempt += 1) {
        const outcome = await once(url, fresh, signal).then(
          (response) => read(response, url),
          (error: unknown) => ({ failed: error }),
        );
        if ('body' in outcome) return outcome;
        signal.throwIfAborted();
        if ('status' in outcome && outcome.status === 401 && options.auth?.oauth2 && !fresh) {
          fresh = true;
          continue;
        }
        fresh = false;
        const error = errorOf(outcome, url);
        if (!error.retryable || attempt >= attemptsMax) throw error;
        const askedMs = 'status' in outcome ? outcome.retryAfterMs : undefined;
        if ((askedMs ?? 0) > retryAfterMaxMs) throw error;
        await clock.sleep((askedMs ?? 0) + pauseMs(backoff, attempt), signal);
      }
    },
  };
};

interface Refused {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
}

const placeOf = ({ origin, pathname }: URL): string => `${origin}${pathname}`;

const errorOf = (outcome: Refused | { readonly failed: unknown }, url: URL): MillraceError => {
  if ('status' in outcome) {
    const isPassing = passing.has(outcome.status);
    const code = isPassing ? 'ingest.place-unavailable' : 'ingest.place-refused';
    const message = `${placeOf(url)} answered ${outcome.status}`;
    return new MillraceError(code, message, { retryable: isPassing });
  }
  if (outcome.failed instanceof MillraceError) return outcome.failed;
  const message = `${placeOf(url)}: ${causeOf(outcome.failed)}`;
  return new MillraceError('ingest.place-unavailable', message, {
    retryable: true,
    cause: outcome.failed,
  });
};

/** `fetch failed` says nothing; what it wraps does. */
const causeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
};

const send = async (
  url: URL,
  init: { readonly headers: Headers; readonly method?: string; readonly body?: URLSearchParams },
  timeoutSeconds: number,
  signal: AbortSignal,
): Promise<Response> =>
  fetch(url, {
    ...init,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]),
  });

const read = async (response: Response, url: URL): Promise<HttpPage | Refused> => {
  if (!response.ok) {
    await response.body?.cancel();
    return { status: response.status, retryAfterMs: retryAfterOf(response) };
  }
  const text = await bounded(response, url);
  const link = nextLink(response.headers.get('link'), response.url || url.href);
  try {
    const body = JSON.parse(text) as unknown;
    return { body, bytes: text.length, ...(link === undefined ? {} : { link }) };
  } catch (cause) {
    const message = `${placeOf(url)} answered what is no JSON`;
    throw new MillraceError('ingest.place-unavailable', message, { retryable: true, cause });
  }
};

const bounded = async (response: Response, url: URL): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > pageBytesMax)
      throw new MillraceError(
        'ingest.place-refused',
        `a page of ${placeOf(url)} has more than ${pageBytesMax} bytes; ask for smaller ones`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const retryAfterOf = (response: Response): number | undefined => {
  const header = response.headers.get('retry-after')?.trim();
  if (header === undefined) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
};

/** `<https://…>; rel="next"` among others. */
export const nextLink = (header: string | null, base: string): string | undefined => {
  for (const [, target, parameters = ''] of header?.matchAll(/<([^>]*)>([^<]*)/g) ?? []) {
    const relations = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,]+))/i.exec(parameters);
    if (/(^|\s)next(\s|$)/i.test(relations?.[1] ?? relations?.[2] ?? ''))
      return new URL(target!, base).href;
  }
  return undefined;
};

/** Lets one request through each `1/rate` seconds. */
const createTurns = (rate: number | undefined, clock: Clock) => {
  let nextMs = 0;
  return async (signal: AbortSignal): Promise<void> => {
    if (rate === undefined) return;
    const waitMs = nextMs - clock.nowMs();
    nextMs = Math.max(nextMs, clock.nowMs()) + 1000 / rate;
    if (waitMs > 0) await clock.sleep(waitMs, signal);
  };
};

/** The access token of OAuth2 client credentials, fetched when there is none, when it runs out, or when it was refused. */
const createToken = ({ auth, timeoutSeconds }: HttpDeclaration, clock: Clock) => {
  const oauth2 = auth?.oauth2;
  let held: { readonly text: string; readonly untilMs: number } | undefined;
  return async (fresh: boolean, signal: AbortSignal): Promise<string | undefined> => {
    if (oauth2 === undefined) return undefined;
    if (held !== undefined && !fresh && clock.nowMs() < held.untilMs) return held.text;
    const url = new URL(oauth2.tokenUrl);
    // RFC 6749, 2.3.1: both parts are form-encoded before they are joined.
    const pair = [oauth2.clientId, oauth2.clientSecret].map(encodeURIComponent).join(':');
    const headers = new Headers({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });
    const body = new URLSearchParams({ grant_type: 'client_credentials' });
    if (oauth2.scope !== undefined) body.set('scope', oauth2.scope);
    const response = await send(url, { method: 'POST', headers, body }, timeoutSeconds, signal);
    const page = await read(response, url);
    const { access_token: text, expires_in: seconds = 300 } = ('body' in page ? page.body : {}) as {
      access_token?: string;
      expires_in?: number;
    };
    if (typeof text !== 'string')
      throw 'status' in page
        ? errorOf(page, url)
        : new MillraceError('ingest.place-refused', `${placeOf(url)} gave no access_token`);
    // A token that is about to run out would do so on the way.
    held = { text, untilMs: clock.nowMs() + Math.max(seconds * 1000 - 30_000, seconds * 500) };
    return text;
  };
};
