/**
 * Finds bodies that come too slowly: each holds its place in the queue while it comes. Slow headers are Node's affair
 * (`headersTimeout`); what is done with a slow body is listener.ts.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Line, Waiting } from '../line.ts';

export interface SlowBodies {
  /** A request whose body is still to come. */
  begin(request: IncomingMessage): void;
  /** Its body is there. */
  end(request: IncomingMessage): void;
  /** Those that are too slow now; each is told once. */
  sweep(nowMs: number): readonly IncomingMessage[];
}

/** A connection needs some time to come up to its speed. */
const graceMs = 5000;

/** The body that is coming on a connection, if one is: they come one after the other. */
class ComingBody extends Waiting {
  request: IncomingMessage | undefined;
  /** Of the first sweep that met it. */
  startedMs: number | undefined;
  bytes = 0;
}

/** A field of the socket, since a map of weak keys costs the garbage collector. */
const coming = Symbol('the body that is coming');

interface WatchedSocket extends Socket {
  [coming]?: ComingBody;
}

/** @param bytesPerSecondMin on the average since the first sweep that met the request: most are over before one does; 0: any */
export const createSlowBodies = (bytesPerSecondMin: number): SlowBodies => {
  const open = new Line<ComingBody>();
  const end = (body: ComingBody): void => {
    open.remove(body);
    body.request = undefined;
  };
  return {
    begin: (request) => {
      if (bytesPerSecondMin === 0 || request.complete) return;
      const socket: WatchedSocket = request.socket;
      socket[coming] ??= new ComingBody();
      const body = socket[coming];
      // The one before is there, and has not been told of yet.
      if (body.request !== undefined) end(body);
      body.request = request;
      body.startedMs = undefined;
      open.add(body);
    },
    end: (request) => {
      const body = (request.socket as WatchedSocket)[coming];
      if (body?.request === request) end(body);
    },
    sweep: (nowMs) => {
      const slow: IncomingMessage[] = [];
      for (const body of open) {
        const request = body.request!;
        if (request.complete || request.destroyed) {
          end(body);
          continue;
        }
        const { bytesRead } = request.socket;
        if (body.startedMs === undefined) {
          body.startedMs = nowMs;
          body.bytes = bytesRead;
          continue;
        }
        const elapsedMs = nowMs - body.startedMs;
        const wanted = (bytesPerSecondMin * (elapsedMs - graceMs)) / 1000;
        if (elapsedMs < graceMs || bytesRead - body.bytes >= wanted) continue;
        end(body);
        slow.push(request);
      }
      return slow;
    },
  };
};
