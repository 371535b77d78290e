/** An HTTP server that answers as it is told and keeps what it was sent: the client's other side, where the door's own behaviour is not the point. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

export interface SeenBatch {
  readonly path: string;
  readonly key: string;
  readonly authorization: string | undefined;
  readonly encoding: string | undefined;
  readonly contentType: string;
  readonly events: readonly unknown[];
}

export interface ScriptedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface ScriptedDoor {
  readonly url: string;
  /** Every batch that came, in order. */
  readonly seen: readonly SeenBatch[];
  /** Answers for the next batches, in order; afterwards all are accepted. `cut` breaks the connection off. */
  answer(...answers: readonly (ScriptedAnswer | 'cut')[]): void;
  /** Holds answers back until the function that comes back is called. */
  hold(): () => void;
  close(): Promise<void>;
}

/** @param files a directory whose files it serves, so that a page and its door have one origin */
export const startScriptedDoor = async (port = 0, files?: string): Promise<ScriptedDoor> => {
  const seen: SeenBatch[] = [];
  const answers: (ScriptedAnswer | 'cut')[] = [];
  let held: Promise<void> = Promise.resolve();
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      await serve(files, request.url ?? '/', response);
      return;
    }
    const bytes = await buffer(request);
    const encoding = request.headers['content-encoding'];
    const text = (encoding === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8');
    const url = new URL(request.url ?? '/', 'http://door');
    const events = text.split('\n').map((line) => JSON.parse(line) as unknown);
    seen.push({
      path: url.pathname,
      key: String(request.headers['idempotency-key'] ?? url.searchParams.get('idempotency-key')),
      authorization: request.headers.authorization,
      encoding,
      contentType: request.headers['content-type'] ?? '',
      events,
    });
    const answer = answers.shift() ?? { status: 202, body: { accepted: events.length } };
    await held;
    if (answer === 'cut') request.socket.resetAndDestroy();
    else
      response
        .writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
        .end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {}));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    answer: (...more) => void answers.push(...more),
    hold: () => {
      let release = (): void => undefined;
      held = new Promise<void>((resolve) => {
        release = resolve;
      });
      return release;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

const mediaTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.html': 'text/html; charset=utf-8',
};

const serve = async (files: string | undefined, url: string, response: ServerResponse) => {
  const path = new URL(url, 'http://door').pathname;
  const text =
    files === undefined ? undefined : await readFile(join(files, path)).catch(() => undefined);
  if (text === undefined) response.writeHead(404).end();
  else
    response
      .writeHead(200, { 'content-type': mediaTypes[extname(path)] ?? 'text/plain' })
      .end(text);
};
