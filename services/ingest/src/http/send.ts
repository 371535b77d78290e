/** An answer onto the wire. What it says is answer.ts. */
import type { ServerResponse } from 'node:http';
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

/** The same answer without fastify's reply. */
export const sendPlain = (
  response: ServerResponse,
  answer: Answer,
  more?: Readonly<Record<string, string>>,
): void => {
  const { status, mediaType, headers, body, text = JSON.stringify(body), fields } = answer;
  if (fields !== undefined && more === undefined) {
    response.writeHead(status, fields);
    // Known text is ASCII, which so need not be looked at.
    response.end(text, 'latin1');
    return;
  }
  response.writeHead(status, {
    ...more,
    ...headers,
    'content-type': withCharset(mediaType),
    'content-length': String(Buffer.byteLength(text)),
  });
  response.end(text);
};

/** Fastify would add it to each answer anew. */
const withCharset = (mediaType: string): string =>
  mediaType === 'application/json'
    ? 'application/json; charset=utf-8'
    : `${mediaType}; charset=utf-8`;
