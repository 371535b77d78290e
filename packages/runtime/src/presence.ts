import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/**
 * How other processes see that this one lives, and hear from it at once: an answer on the admin port that never ends
 * (`GET /alive`). Its first line is the identity of this process, which no other start has; whatever the process tells
 * follows, a line each. The connection breaks when the process dies. Whom that concerns, and what is told, is for who
 * tells it (`packages/kafka/src/group/peers`); nothing of the data passes here, and no secret.
 */
export interface Presence {
  /** Random, the same for all threads of the process. */
  readonly identity: string;
  /** Of the admin server. */
  readonly port: number;
  /** Tells whoever listens now. Without a line break. */
  tell(line: string): void;
}

export interface Listeners extends Omit<Presence, 'port'> {
  /** Begins an answer that ends with the process or the listener; 503 when there are too many. */
  answer(response: ServerResponse): void;
}

/** Each holds a connection: more than any group has processes that watch one. */
const LISTENERS_MAX = 256;
/** A listener that is so far behind does not read any more (a suspended process): it may ask again. */
const UNREAD_BYTES_MAX = 64 * 1024;

export const createListeners = (): Listeners => {
  const identity = randomBytes(12).toString('base64url');
  const listeners = new Set<ServerResponse>();
  return {
    identity,
    tell(line) {
      for (const listener of listeners) {
        if (listener.writableLength > UNREAD_BYTES_MAX) listener.destroy();
        else listener.write(`${line}\n`);
      }
    },
    answer(response) {
      if (listeners.size >= LISTENERS_MAX) {
        response.writeHead(503).end();
        return;
      }
      listeners.add(response);
      response.on('close', () => listeners.delete(response));
      response.writeHead(200, {
        'content-type': 'text/plain; charset=utf-8',
        'cache-control': 'no-store',
      });
      response.write(`${identity}\n`);
    },
  };
};
