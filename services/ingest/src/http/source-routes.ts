/**
 * `POST /v1/sources/<name>/notify`: something new is at the place of a source. Takes the notifications of object
 * storage as they come; nothing in them is believed, they only have the source look at once, at whichever door follows it.
 */
import { MillraceError } from '@millrace/contracts';
import type { FastifyInstance } from 'fastify';
import type { Admission } from './admit.ts';
import { problemAnswer } from './answer.ts';
import { problem } from './problem.ts';
import { send } from './send.ts';

export interface SourceRouteOptions {
  /** Where keys are asked for, any that holds will do. */
  readonly admission: Admission;
  /** False when there is no source of this name. */
  readonly notifySource: (name: string) => boolean;
  /** Tells the other doors, one of which may follow it; rejects while Kafka is away. Undefined: so is it, since the start. */
  readonly tellOfSource: (name: string) => Promise<void> | undefined;
}

/** Notifications tell of a few objects; what is larger is none. */
const bodyBytesMax = 256 * 1024;

export const registerSourceRoutes = (
  server: FastifyInstance,
  { notifySource, tellOfSource, admission }: SourceRouteOptions,
): void => {
  server.post<{ Params: { readonly name: string } }>(
    '/v1/sources/:name/notify',
    { bodyLimit: bodyBytesMax },
    async (request, reply) => {
      const admitted = await admission.admit(request);
      if ('status' in admitted) return send(reply, admitted);
      const { name } = request.params;
      if (!notifySource(name))
        return send(
          reply,
          problemAnswer(problem('ingest.source-unknown', `There is no source ${name}.`)),
        );
      if (!(await isTold(tellOfSource(name)))) return send(reply, notTold(name));
      return reply.code(202).send({ source: name });
    },
  );
};

const isTold = async (telling: Promise<void> | undefined): Promise<boolean> => {
  try {
    await telling;
    return telling !== undefined;
  } catch (error) {
    if (error instanceof MillraceError && error.retryable) return false;
    throw error;
  }
};

/** The storage sends it again; where it does not, the listing finds what is new. */
const notTold = (name: string) =>
  problemAnswer(
    problem('ingest.kafka-unavailable', `Other doors could not be told that ${name} has news.`),
    { 'retry-after': '5' },
  );
