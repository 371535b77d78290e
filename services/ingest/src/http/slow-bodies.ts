/**
 * Finds bodies that come too slowly: each holds its place in the queue while it comes. Slow headers are Node's affair
 * (`headersTimeout`); what is done with a slow body is listener.ts.
 */
import type { IncomingMessage } from 'node:http';

export interface SlowBodies {
  /** A request whose body is still to come. */
  begin(request: IncomingMessage, nowMs: number): void;
  /** Its body is there. */
  end(request: IncomingMessage): void;
  /** Those that are too slow now; each is told once. */
  sweep(nowMs: number): readonly IncomingMessage[];
}

/** A connection needs some time to come up to its speed. */
const graceMs = 5000;

/** @param bytesPerSecondMin on the average since the request began; 0: any */
export const createSlowBodies = (bytesPerSecondMin: number): SlowBodies => {
  const open = new Map<IncomingMessage, { readonly startedMs: number; readonly bytes: number }>();
  return {
    begin: (request, nowMs) => {
      if (bytesPerSecondMin > 0 && !request.complete)
        open.set(request, { startedMs: nowMs, bytes: request.socket.bytesRead });
    },
    end: (request) => void open.delete(request),
    sweep: (nowMs) => {
      const slow: IncomingMessage[] = [];
      for (const [request, { startedMs, bytes }] of open) {
        if (request.complete || request.destroyed) {
          open.delete(request);
          continue;
        }
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
