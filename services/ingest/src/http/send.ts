import type { FastifyReply } from 'fastify';
import type { Answer } from './answer.ts';

/** Answers and resolves to the reply, which is what fastify's handlers return. */
export const send = (reply: FastifyReply, { status, mediaType, headers, body }: Answer) =>
  reply.code(status).headers(headers).type(mediaType).send(JSON.stringify(body));
