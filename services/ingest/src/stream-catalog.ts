/** The streams that take events, by name. It is told of them as they are opened (open-catalog.ts). */
import { type Contract, nearestWord } from '@millrace/contracts';
import type { Stream } from './stream.ts';

export interface StreamCatalog {
  readonly streams: readonly Stream[];
  find(domain: string, name: string): Stream | undefined;
  /** There is such a stream, and it takes no events before Kafka and the registry are back. */
  isOpening(domain: string, name: string): boolean;
  /** The id of a stream whose name is near. */
  nearest(domain: string, name: string): string | undefined;
}

export interface GrowingCatalog extends StreamCatalog {
  add(stream: Stream): void;
}

/** A catalog without streams yet; `contracts` are those that will be. */
export const createStreamCatalog = (contracts: readonly Contract[]): GrowingCatalog => {
  const streams: Stream[] = [];
  const byId = new Map<string, Stream>();
  /** By domain, then by name: joining the two for each request costs more than looking twice. */
  const byName = new Map<string, Map<string, Stream>>();
  const ids = contracts.map(({ id }) => id);
  return {
    streams,
    find: (domain, name) => byName.get(domain)?.get(name),
    isOpening: (domain, name) => {
      const id = `${domain}.${name}`;
      return !byId.has(id) && ids.includes(id);
    },
    nearest: (domain, name) => nearestWord(`${domain}.${name}`, ids),
    add: (stream) => {
      streams.push(stream);
      const { id, domain, name } = stream.contract;
      byId.set(id, stream);
      const named = byName.get(domain) ?? new Map<string, Stream>();
      byName.set(domain, named.set(name, stream));
    },
  };
};
