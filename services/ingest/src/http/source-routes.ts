/**
 * `POST /v1/sources/<name>/notify`: something new is at the place of a source. Takes the notifications of object
 * storage as they come; nothing in them is believed, they only have the source look at once.
 */
import type { FastifyInstance } from 'fastify';
import { problemAnswer } from './answer.ts';
import { problem } from './problem.ts';
import { send } from './send.ts';

export interface SourceRouteOptions {
  /** False when there is no source of this name. */
  readonly notifySource: (name: string) => boolean;
}

/** Notifications tell of a few objects; what is larger is none. */
const bodyBytesMax = 256 * 1024;

export const registerSourceRoutes = (
  server: FastifyInstance,
  { notifySource }: SourceRouteOptions,
): void => {
  server.post<{ Params: { readonly name: string } }>(
    '/v1/sources/:name/notify',
    { bodyLimit: bodyBytesMax },
    async (request, reply) => {
      const { name } = request.params;
      if (!notifySource(name))
        return send(
          reply,
          problemAnswer(problem('ingest.source-unknown', `There is no source ${name}.`)),
        );
      return reply.code(202).send({ source: name });
    },
  );
};
