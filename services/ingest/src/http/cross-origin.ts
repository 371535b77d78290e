/**
 * Which pages and which webhook senders of other origins may post events. Nobody may unless a setting names them; who
 * is authenticated is another matter. Sources: Fetch standard, "CORS protocol"; CloudEvents HTTP 1.1 Web Hooks 1.0.2 §4.
 */
import cors from '@fastify/cors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface CrossOriginOptions {
  /** Origins of pages, or `*`; none: no page of another origin reads an answer. */
  readonly corsOrigins: readonly string[];
  /** Names that webhook senders give themselves, or `*`. */
  readonly webhookOrigins: readonly string[];
}

/** What a page may read of an answer beside its body. */
const exposedHeaders = ['Retry-After', 'RateLimit', 'RateLimit-Policy', 'Preference-Applied'];

/** Chromium keeps the answer to a preflight for two hours at most; Firefox would for a day. */
const preflightSeconds = 7200;

/** Before the routes, and before whatever asks who somebody is: a preflight carries no credentials. */
export const allowCrossOrigin = async (
  server: FastifyInstance,
  { corsOrigins, webhookOrigins }: CrossOriginOptions,
): Promise<void> => {
  server.addHook('onRequest', (request, reply, done) => {
    if (isHandshake(request)) answerHandshake(webhookOrigins, request, reply);
    else done();
  });
  if (corsOrigins.length === 0) return;
  await server.register(cors, {
    origin: corsOrigins.includes('*') ? '*' : [...corsOrigins],
    methods: ['GET', 'HEAD', 'POST'],
    exposedHeaders,
    maxAge: preflightSeconds,
    strictPreflight: false,
  });
};

const isHandshake = ({ method, headers, url }: FastifyRequest): boolean =>
  method === 'OPTIONS' &&
  headers['webhook-request-origin'] !== undefined &&
  url.startsWith('/v1/events');

/**
 * A sender asks before it delivers. Without WebHook-Allowed-Origin in the answer it may not. How fast it may deliver
 * is not promised here: beyond what the door takes, requests are answered with 429 or 503 and Retry-After.
 */
const answerHandshake = (
  origins: readonly string[],
  { headers }: FastifyRequest,
  reply: FastifyReply,
): void => {
  const origin = String(headers['webhook-request-origin']);
  void reply.header('allow', 'OPTIONS, POST');
  if (origins.includes('*') || origins.includes(origin)) {
    void reply.header('webhook-allowed-origin', origins.includes('*') ? '*' : origin);
    void reply.header('webhook-allowed-rate', '*');
  }
  void reply.code(200).send();
};
