/** Serves the console's pages beside the API: to everyone, for they hold nothing; what they show they ask the API for. */
import { openConsoleFiles } from '@millrace/console';
import type { FastifyInstance } from 'fastify';

/** Every path that is none of the API's or the login's: a file of the console, or one of its views. */
export const registerConsole = (server: FastifyInstance): void => {
  const files = openConsoleFiles();
  server.get('/*', async (request, reply) => {
    const [path = '/'] = request.url.split('?');
    const answer = await files.answer(path, request.headers['accept-encoding']);
    if (answer === undefined) return reply.callNotFound();
    return reply.status(answer.status).headers(answer.headers).send(answer.body);
  });
};
