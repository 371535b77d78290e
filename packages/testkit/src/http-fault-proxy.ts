/**
 * A proxy of one HTTP server that breaks chosen requests: the answer of the third INSERT lost or held back, another answer put
 * in its place, a request kept from the server until it is let go. Everything else passes. Deterministic, where
 * `fault-proxy.ts` breaks whatever is under way.
 */
import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingMessage,
  request as requestUpstream,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request as a rule sees it: the method, the statement in `?query=` or in the body, and the body's bytes. */
export interface SeenRequest {
  readonly method: string;
  readonly url: URL;
  /** `?query=`, else the body as text. */
  readonly statement: string;
  readonly body: Buffer;
}

export interface GivenAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What happens to a request that a rule takes. */
export type HttpFault =
  /** The server does the work; the connection is reset instead of an answer. */
  | { readonly kind: 'lose-answer' }
  /** The server does the work; its answer passes when the rule is released. */
  | { readonly kind: 'hold-answer' }
  /** The server does not see the request before the rule is released. */
  | { readonly kind: 'hold-request' }
  /** The server never sees the request. */
  | { readonly kind: 'answer'; readonly answer: GivenAnswer }
  /** The server does the work, and the client is told something else. */
  | { readonly kind: 'replace-answer'; readonly answer: GivenAnswer };

export interface HttpRule {
  /** Requests that it took so far. */
  readonly taken: readonly SeenRequest[];
  /** Requests that it took and that the server has answered, whatever the client was told. */
  answered(): number;
  /** Lets go of what it holds, and takes nothing more. */
  release(): void;
}

export interface HttpFaultProxy {
  readonly port: number;
  /** The target with the proxy's host and port in it. */
  readonly url: string;
  /** Takes the next `times` requests (1 when left out) for which `matches` is true; rules are asked in order. */
  rule(matches: (request: SeenRequest) => boolean, fault: HttpFault, times?: number): HttpRule;
  /** Every request that came, in order. */
  readonly seen: readonly SeenRequest[];
  /** Requests are passed on to this server from now on: another one behind the same address. */
  turnTo(target: string): void;
  close(): Promise<void>;
}

interface Rule extends HttpRule {
  take(seen: SeenRequest): boolean;
  readonly fault: HttpFault;
  readonly released: Promise<void>;
  noteAnswered(): void;
}

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

function createRule(
  matches: (request: SeenRequest) => boolean,
  fault: HttpFault,
  times: number,
): Rule {
  const taken: SeenRequest[] = [];
  const { promise: released, resolve } = Promise.withResolvers<void>();
  let isOver = false;
  let answered = 0;
  return {
    taken,
    fault,
    released,
    answered: () => answered,
    noteAnswered: () => {
      answered += 1;
    },
    take: (seen) => {
      if (isOver || taken.length >= times || !matches(seen)) return false;
      taken.push(seen);
      return true;
    },
    release: () => {
      isOver = true;
      resolve();
    },
  };
}

/** Starts a proxy on a free port of 127.0.0.1. */
export async function startHttpFaultProxy(options: {
  readonly target: string;
}): Promise<HttpFaultProxy> {
  let upstream = new URL(options.target);
  const agent = new Agent({ keepAlive: true });
  const rules: Rule[] = [];
  const seen: SeenRequest[] = [];

  const pass = async (incoming: IncomingMessage, body: Buffer): Promise<Answer> => {
    const outgoing = requestUpstream({
      ...{ agent, host: upstream.hostname, port: upstream.port },
      ...{ method: incoming.method, path: incoming.url, headers: incoming.headers },
    });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    const { statusCode = 502, headers } = answer;
    return { status: statusCode, headers, body: await buffer(answer) };
  };

  const tell = (response: ServerResponse, { status, headers, body }: Answer): void => {
    const { 'transfer-encoding': _chunked, ...kept } = headers;
    response.writeHead(status, { ...kept, 'content-length': String(body.length) }).end(body);
  };

  const give = (response: ServerResponse, { status, headers = {}, body = '' }: GivenAnswer) =>
    tell(response, { status, headers: { ...headers }, body: Buffer.from(body) });

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const url = new URL(incoming.url ?? '/', 'http://proxy');
    const statement = url.searchParams.get('query') ?? body.toString('utf8');
    const request = { method: incoming.method ?? 'GET', url, statement, body };
    seen.push(request);
    const rule = rules.find((candidate) => candidate.take(request));
    const fault = rule?.fault;
    if (rule && fault?.kind === 'hold-request') await rule.released;
    if (fault?.kind === 'answer') {
      give(response, fault.answer);
      return;
    }
    const answer = await pass(incoming, body);
    rule?.noteAnswered();
    if (fault?.kind === 'lose-answer') incoming.socket.resetAndDestroy();
    else if (fault?.kind === 'replace-answer') give(response, fault.answer);
    else {
      if (rule && fault?.kind === 'hold-answer') await rule.released;
      tell(response, answer);
    }
  };

  const server = createServer((incoming, response) => {
    // A client that is gone, or a server that is: the client sees a connection that breaks off.
    handle(incoming, response).catch(() => incoming.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const through = new URL(options.target);
  through.hostname = '127.0.0.1';
  through.port = String(port);

  return {
    port,
    url: through.href,
    seen,
    rule: (matches, fault, times = 1) => {
      const rule = createRule(matches, fault, times);
      rules.push(rule);
      return rule;
    },
    turnTo: (target) => {
      upstream = new URL(target);
    },
    close: async () => {
      for (const rule of rules) rule.release();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}
