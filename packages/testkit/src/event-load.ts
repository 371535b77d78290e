/**
 * HTTP clients side by side that send batches of events to the door; when asked to, each sends a batch until
 * it is accepted, with the same ids each time, as every producer should.
 */
import { Agent, request } from 'node:http';
import { pace } from './passing-time.ts';

export interface EventLoadReport {
  /** Ids that were answered with 202. */
  readonly accepted: readonly string[];
  /** Requests that ended without an answer: the connection broke. */
  readonly cut: number;
  /** Requests answered with something other than 202. */
  readonly refused: number;
}

export interface EventLoadOptions {
  /** Where to send; asked before each request, since a restarted door may have moved. */
  readonly url: () => string;
  readonly path: string;
  readonly connections: number;
  readonly eventsPerRequest: number;
  readonly event: (id: string) => unknown;
  /** Sends until this is true; a batch that was begun is brought to its end. */
  readonly done: () => boolean;
  /** True: a batch that failed is sent again until it is accepted. */
  readonly retry: boolean;
  /** Pause of each client between two batches, ms; none when left out. */
  readonly everyMs?: number;
  /** A connection without a word for so long is cut; none when left out. */
  readonly timeoutMs?: number;
}

/** Runs the clients until `done`; resolves when every begun batch has come to its end. */
export const sendEventLoad = async (options: EventLoadOptions): Promise<EventLoadReport> => {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const accepted: string[] = [];
  let cut = 0;
  let refused = 0;
  let next = 0;

  const client = async (): Promise<void> => {
    while (!options.done()) {
      const ids = Array.from({ length: options.eventsPerRequest }, () => `e${next++}`);
      const body = ids.map((id) => JSON.stringify(options.event(id))).join('\n');
      for (;;) {
        const status = await send(options.url() + options.path, body, agent, options.timeoutMs);
        if (status === 202) accepted.push(...ids);
        else if (status === undefined) cut += 1;
        else refused += 1;
        if (status === 202 || !options.retry) break;
        // A door that is away answers at once; the pause keeps the client from spinning.
        await pace(20);
      }
      if (options.everyMs !== undefined) await pace(options.everyMs);
    }
  };
  await Promise.all(Array.from({ length: options.connections }, client));
  agent.destroy();
  return { accepted, cut, refused };
};

/** The answer's status; undefined when the connection broke before it. */
const send = (
  url: string,
  body: string,
  agent: Agent,
  timeout: number | undefined,
): Promise<number | undefined> =>
  new Promise((resolve) => {
    const outgoing = request(
      url,
      {
        agent,
        method: 'POST',
        ...(timeout !== undefined && { timeout }),
        headers: { 'content-type': 'application/x-ndjson', 'content-length': body.length },
      },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode));
        response.once('error', () => resolve(undefined));
      },
    );
    outgoing.once('timeout', () => outgoing.destroy());
    outgoing.once('error', () => resolve(undefined));
    outgoing.end(body);
  });
