/** What to say of a stream that is not there: that it opens soon, the one whose name is near, or all there are. */
import type { StreamCatalog } from '../stream-catalog.ts';
import { type Problem, problem } from './problem.ts';

export const unknownStream = (catalog: StreamCatalog, domain: string, name: string): Problem => {
  if (catalog.isOpening(domain, name))
    return problem(
      'ingest.kafka-unavailable',
      'The stream opens when Kafka and the registry answer.',
    );
  const nearest = catalog.nearest(domain, name);
  const hint =
    nearest === undefined
      ? `Streams: ${catalog.streams.map(({ contract }) => contract.id).join(', ') || 'none'}.`
      : `Did you mean ${nearest}?`;
  const asked = `${domain}.${name}`.slice(0, 100);
  return problem('ingest.stream-unknown', `There is no stream ${asked}. ${hint}`);
};
