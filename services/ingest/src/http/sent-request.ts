/** What the door looks at of a request, whichever way it came: fastify's requests are such, and those of plain-way.ts. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

export interface SentRequest {
  readonly raw: IncomingMessage;
  readonly headers: IncomingHttpHeaders;
  /** Parameters of the address, by name. */
  readonly query: unknown;
  /** Address of the client, behind proxies that are trusted. */
  readonly ip: string;
}
