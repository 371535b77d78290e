/** What takes events, for people and programs to read: `GET /v1/streams` and `GET /v1/streams/<id>`. */
import type { FastifyInstance } from 'fastify';
import { exampleEvent } from '../openapi/example-event.ts';
import type { Stream } from '../stream.ts';
import type { StreamCatalog } from '../stream-catalog.ts';
import type { Admission } from './admit.ts';
import { problemAnswer } from './answer.ts';
import { send } from './send.ts';
import { unknownStream } from './unknown-stream.ts';

/** Whoever asks sees the streams that it may send to. */
export const registerStreamRoutes = (
  server: FastifyInstance,
  catalog: StreamCatalog,
  admission: Admission,
): void => {
  server.get('/v1/streams', async (request, reply) => {
    const admitted = await admission.admit(request);
    if ('status' in admitted) return send(reply, admitted);
    const seen = catalog.streams.filter(({ contract }) => admission.may(admitted, contract.id));
    return { streams: seen.map(describe) };
  });
  server.get<{ Params: { id: string } }>('/v1/streams/:id', async (request, reply) => {
    const admitted = await admission.admit(request, request.params.id);
    if ('status' in admitted) return send(reply, admitted);
    const [domain = '', ...name] = request.params.id.split('.');
    const found = catalog.find(domain, name.join('.'));
    if (found !== undefined) return { ...describe(found), example: exampleEvent(found) };
    return send(reply, problemAnswer(unknownStream(catalog, domain, name.join('.'))));
  });
};

const describe = ({ contract }: Stream) => ({
  id: contract.id,
  version: contract.version,
  description: contract.description,
  path: `/v1/events/${contract.domain}/${contract.name}`,
  ...(contract.identity === undefined ? {} : { identity: contract.identity }),
  schema: JSON.parse(contract.schemaText) as unknown,
});
