/** What any door on fastify pays: the request read, its JSON parsed, a short answer. Nothing is checked or written. */
import Fastify from 'fastify';

const server = Fastify({ bodyLimit: 10 * 1024 * 1024 });
server.addContentTypeParser(
  'application/x-ndjson',
  { parseAs: 'string' },
  (_request, body, done) => {
    done(
      null,
      String(body)
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    );
  },
);
server.post('/events', async (request, reply) => {
  const accepted = Array.isArray(request.body) ? request.body.length : 1;
  return reply.code(202).send({ accepted });
});
await server.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' });
