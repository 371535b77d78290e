/** An answer onto the wire. What it says is answer.ts. */
import type { FastifyReply } from 'fastify';
import type { Answer } from './answer.ts';

/** Answers and returns the reply, which is what fastify's handlers return. */
export const send = (
  reply: FastifyReply,
  { status, mediaType, headers, body, text }: Answer,
): FastifyReply => {
  reply.code(status);
  for (const name in headers) reply.header(name, headers[name]);
  return reply.header('content-type', withCharset(mediaType)).send(text ?? JSON.stringify(body));
};

/** Fastify would add it to each answer anew. */
const withCharset = (mediaType: string): string =>
  mediaType === 'application/json'
    ? 'application/json; charset=utf-8'
    : `${mediaType}; charset=utf-8`;
