/** What of a stream can be counted again on demand, or why nothing can. Pure. */
import type { WarehouseContract } from '@millrace/contracts';
import type { StreamCheck } from '@millrace/operations';
import { isAudited } from './audit-stream.ts';
import { isComparable } from './match-dimensions.ts';
import type { WatchedStream } from './watched-stream.ts';

export interface SourceKnowledge {
  readonly postgresUrl: string | undefined;
  readonly cdcSource: string | undefined;
}

const whyNothing = (
  { warehouse, source }: WarehouseContract,
  { postgresUrl, cdcSource }: SourceKnowledge,
): string => {
  if (warehouse.role === 'fact')
    return 'Its table expires rows by more than times of the event, so what is missing cannot be told from what expired.';
  if (warehouse.role !== 'dimension' || source.kind !== 'change')
    return 'Later results replace rows here, so offsets prove nothing, and there is no source table.';
  if (postgresUrl === undefined)
    return 'The service does not know its source: MILLRACE_POSTGRES_URL is not set.';
  return `Its source is the database ${source.source}; the service knows ${cdcSource} (MILLRACE_CDC_SOURCE).`;
};

export const checkable = (
  stream: Pick<WatchedStream, 'contract'>,
  knowledge: SourceKnowledge,
): Pick<StreamCheck, 'kind' | 'why'> => {
  const { contract } = stream;
  if (isAudited(stream)) return { kind: 'counts', why: null };
  const isKnown = knowledge.postgresUrl !== undefined;
  if (isKnown && isComparable(contract, knowledge.cdcSource)) return { kind: 'source', why: null };
  return { kind: null, why: whyNothing(contract, knowledge) };
};
