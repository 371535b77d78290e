/** Asks the service that this page came from. What goes wrong is an ApiError with the service's own code. */

export class ApiError extends Error {
  readonly code: string;
  /** HTTP status; 0 when nobody answered. */
  readonly status: number;
  /** What the service told besides. */
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    status: number,
    message: string,
    problem: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.problem = problem;
  }
}

export type Values = Readonly<Record<string, string | number | boolean | null | undefined>>;

const withQuery = (path: string, values: Values): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
};

export interface Question {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly values?: Values;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * @param path below `/api/v1`
 * @returns the answer; undefined for an empty one. Rejects with an ApiError, or with an AbortError when it was given up
 */
export const ask = async <T>(path: string, question: Question = {}): Promise<T> => {
  const { method = 'GET', values = {}, body, signal } = question;
  const response = await fetch(withQuery(`/api/v1${path}`, values), {
    method,
    headers: {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  }).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError('operations.unavailable', 0, 'The quality service does not answer.');
  });
  const text = await response.text();
  const answer = parse(text);
  if (response.ok && (text === '' || answer !== undefined)) return answer as T;
  const problem = (typeof answer === 'object' && answer !== null ? answer : {}) as Values;
  throw new ApiError(
    String(problem['code'] ?? 'operations.unexpected-answer'),
    response.status,
    String(problem['detail'] ?? `HTTP ${response.status} ${response.statusText}`),
    problem,
  );
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};
