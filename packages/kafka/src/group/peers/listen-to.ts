import { get, type IncomingMessage } from 'node:http';
import type { PeerAddress } from './peer.ts';

/**
 * One connection to another process's answer without an end (`GET /alive` of its admin port): the first line is its
 * identity, each further one something that it tells. Says how the connection ended; what that means is for
 * `watch-process.ts`.
 */
export type Ending =
  /** Nobody listens there. */
  | 'refused'
  /** Another process listens there. */
  | 'another'
  /** Anything else: a reset, silence, an unreachable host, an answer of another form. */
  | 'broken';

/** From the first byte sent to the identity. A suspended process accepts and does not answer. */
const ANSWER_TIMEOUT_MS = 2_000;
/** A host that is gone is noticed by the kernel after a while, and asked again. */
const KEEP_ALIVE_MS = 10_000;
const LINE_BYTES_MAX = 4_096;

const isRefused = (error: unknown): boolean => {
  if (error instanceof AggregateError) return error.errors.every(isRefused);
  const { code, syscall } = error as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED' && syscall === 'connect';
};

/** Takes the answer apart; false from `line` or a line without an end ends it. */
const readLines = (response: IncomingMessage, line: (text: string) => void, end: () => void) => {
  let rest = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const text of lines) line(text);
    if (rest.length > LINE_BYTES_MAX) end();
  });
  response.on('error', end);
  response.on('close', end);
};

/**
 * Resolves when the connection has ended or the signal aborts; never rejects.
 * @param seen the process is there: its identity came
 * @param heard it tells something
 */
export const listenTo = (
  { host, port, identity }: PeerAddress,
  { seen, heard }: { seen(): void; heard(line: string): void },
  signal: AbortSignal,
): Promise<Ending> =>
  new Promise((resolve) => {
    let isSeen = false;
    const request = get({ host, port, path: '/alive', agent: false, signal });
    const end = (ending: Ending) => {
      clearTimeout(late);
      request.destroy();
      resolve(ending);
    };
    const broken = () => end('broken');
    const late = setTimeout(broken, ANSWER_TIMEOUT_MS);
    request.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
    request.on('error', (error) => end(isRefused(error) ? 'refused' : 'broken'));
    request.on('response', (response) => {
      if (response.statusCode !== 200) return broken();
      const take = (line: string) => {
        if (isSeen) return heard(line);
        if (line !== identity) return end('another');
        isSeen = true;
        clearTimeout(late);
        seen();
      };
      readLines(response, take, broken);
    });
  });
