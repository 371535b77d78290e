/** Asks the quality service. Answers come as their shapes here say; what they mean is the service's affair. */
import { errorCodes, MillraceError } from '@millrace/contracts';

export interface OperationsClientOptions {
  /** Root of the quality service, e.g. `http://127.0.0.1:8090`. */
  readonly url: string;
  readonly token?: string;
  /** Ends a request that has no answer, ms; 30,000 when left out. */
  readonly timeoutMs?: number;
}

export type QueryValues = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Both reject with a MillraceError: the code that the service told, `operations.unavailable` (retryable) when nobody answers,
 * `operations.unexpected-answer` for what is no answer of the service.
 */
export interface OperationsClient {
  /** @param path below `/api/v1`, e.g. `/lag` */
  get<T>(path: string, query?: QueryValues): Promise<T>;
  send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T>;
}

/** A client of one service; it connects with the first request. */
export const createOperationsClient = (options: OperationsClientOptions): OperationsClient => {
  const { token, timeoutMs = 30_000 } = options;
  const root = `${options.url.replace(/\/+$/, '')}/api/v1`;
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${root}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((cause: unknown) => {
      throw new MillraceError(
        'operations.unavailable',
        `${options.url} does not answer: ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause, retryable: true },
      );
    });
    const text = await response.text();
    if (response.ok && text === '') return undefined as T;
    const answer = parse(text);
    if (response.ok && answer !== undefined) return answer as T;
    throw errorOf(response.status, answer);
  };
  return {
    get: (path, query = {}) => {
      const values = new URLSearchParams();
      for (const [name, value] of Object.entries(query))
        if (value !== undefined) values.set(name, String(value));
      const search = values.toString();
      return ask('GET', search === '' ? path : `${path}?${search}`);
    },
    send: (method, path, body) => ask(method, path, body),
  };
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** Problem details as the service writes them (RFC 9457), with its own `code`. */
const errorOf = (status: number, answer: unknown): MillraceError => {
  const { code, detail } = (answer ?? {}) as { code?: unknown; detail?: unknown };
  if (typeof code === 'string' && Object.hasOwn(errorCodes, code))
    return new MillraceError(code as keyof typeof errorCodes, String(detail ?? ''));
  return new MillraceError(
    'operations.unexpected-answer',
    `The answer was HTTP ${status} and no answer of the quality service.`,
  );
};
