/**
 * Finds bodies that come too slowly: each holds its place in the queue while it comes. Slow headers are Node's affair
 * (`headersTimeout`); what is done with a slow body is listener.ts.
 */
import type { IncomingMessage } from 'node:http';

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

/** @param bytesPerSecondMin on the average since the first sweep that met the request: most are over before one does; 0: any */
export const createSlowBodies = (bytesPerSecondMin: number): SlowBodies => {
  const open = new Map<IncomingMessage, { startedMs: number; bytes: number } | undefined>();
  return {
    begin: (request) => {
      if (bytesPerSecondMin > 0 && !request.complete) open.set(request, undefined);
    },
    end: (request) => void open.delete(request),
    sweep: (nowMs) => {
      const slow: IncomingMessage[] = [];
      for (const [request, met] of open) {
        if (request.complete || request.destroyed) {
          open.delete(request);
          continue;
        }
        if (met === undefined) {
          open.set(request, { startedMs: nowMs, bytes: request.socket.bytesRead });
          continue;
        }
        const { startedMs, bytes } = met;
        const elapsedMs = nowMs - startedMs;
        const wanted = (bytesPerSecondMin * (elapsedMs - graceMs)) / 1000;
        if (elapsedMs < graceMs || request.socket.bytesRead - bytes >= wanted) continue;
        open.delete(request);
        slow.push(request);
      }
      return slow;
    },
  };
};
