/**
 * A quality service that knows one bad hour of the example by heart: for working on the console without a stack, and for its own
 * tests. Its answers have the API's own types, so that it cannot tell what the service would not.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Role } from '@millrace/operations';
import { type ConsoleFiles, openConsoleFiles } from '../serve/console-files.ts';
import { answerApi } from './fixture-api.ts';

/** What the fixture does besides being well. */
export interface FixtureState {
  /** Null: nobody is logged in. */
  role: Role | null;
  /** `failing`: every answer is a 503; `empty`: nothing is there yet. */
  mood: 'full' | 'empty' | 'failing';
  /** Counting again: how often it was begun, and asked about since. */
  checks: { readonly begun: number; readonly asked: number };
  /** Methods and paths of all that was asked for and is no GET, with bodies. */
  readonly changes: { readonly method: string; readonly path: string; readonly body: unknown }[];
}

export interface FixtureServer {
  readonly url: string;
  readonly state: FixtureState;
  close(): Promise<void>;
}

const problem = (status: number, code: string, detail: string, more: object = {}) => ({
  status,
  body: { status, code, detail, title: code, type: `urn:millrace:error:${code}`, ...more },
});

const readBody = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? undefined : (JSON.parse(text) as unknown);
};

const api = async (
  state: FixtureState,
  request: IncomingMessage,
  url: URL,
): Promise<{ status: number; body: unknown }> => {
  const { method = 'GET' } = request;
  const path = decodeURIComponent(url.pathname.replace('/api/v1', ''));
  const body = await readBody(request);
  if (method !== 'GET') state.changes.push({ method, path, body });
  if (path === '/session' && method === 'POST') {
    if ((body as { token?: string }).token !== 'good')
      return problem(401, 'operations.login-refused', 'This token is not known.');
    state.role = 'admin';
  }
  if (path === '/session' && method === 'DELETE') state.role = null;
  if (state.role === null)
    return problem(401, 'operations.login-missing', 'Nobody is logged in.', {
      login: ['token', 'oidc'],
    });
  if (state.mood === 'failing' && path !== '/session')
    return problem(503, 'clickhouse.unavailable', 'ClickHouse does not answer.');
  if (path.endsWith('/check')) {
    if (method === 'POST') state.checks = { begun: state.checks.begun + 1, asked: 0 };
    else state.checks = { ...state.checks, asked: state.checks.asked + 1 };
  }
  const { role, mood, checks } = state;
  const answer = answerApi({ method, path, url, body, role, mood, checks });
  return answer === undefined
    ? problem(404, 'operations.unknown', `${method} ${path} does not exist.`)
    : { status: 200, body: answer };
};

const serve = async (
  files: ConsoleFiles,
  state: FixtureState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const url = new URL(request.url ?? '/', 'http://fixture');
  if (url.pathname.startsWith('/api/')) {
    const { status, body } = await api(state, request, url);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    return;
  }
  const encodings = String(request.headers['accept-encoding'] ?? '');
  const answer = await files.answer(url.pathname, encodings);
  response.writeHead(answer?.status ?? 404, answer?.headers).end(answer?.body);
};

/** Serves what is built, and answers below /api/v1. */
export const startFixtureServer = async (port = 0): Promise<FixtureServer> => {
  const state: FixtureState = {
    ...{ role: 'admin', mood: 'full', changes: [] },
    checks: { begun: 0, asked: 0 },
  };
  const files = openConsoleFiles();
  const server: Server = createServer((request, response) => {
    serve(files, state, request, response).catch((error: unknown) =>
      response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    state,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
