/**
 * What the window knows an event by. An id that its sender chose is one of its source's (CloudEvents: `source` and
 * `id` together are unique), so the source belongs to it; an id out of the contract's identity stands alone.
 */
import { cloudEventHeaders, millraceHeaders } from '@millrace/contracts';
import { eachHeaderTexts, type RecordRows } from '@millrace/kafka';

/** The claim of an id that its sender chose. Without a source of its own the sender's ids are the stream's. */
export const claimOf = (id: string, source: string | undefined): string =>
  source === undefined ? id : `${source}\n${id}`;

/** The source of events whose sender names none. */
export const ownSource = ({ domain, name }: { domain: string; name: string }): string =>
  `/v1/events/${domain}/${name}`;

/** What must be known of a stream to tell what its events are known by. */
export interface ClaimRule {
  /** Whether the contract gives ids: then a sender's is marked by a header. */
  readonly hasIdentity: boolean;
  /** The source of events whose sender names none. */
  readonly source: string;
}

/** The headers that say what a record is known by. */
const claimHeaders = [cloudEventHeaders.id, millraceHeaders.idFrom, cloudEventHeaders.source];

const claimOfTexts = (
  [id, idFrom, source]: readonly (string | undefined)[],
  rule: ClaimRule,
): string | undefined => {
  if (id === undefined || (rule.hasIdentity && idFrom === undefined)) return id;
  return claimOf(id, source === rule.source ? undefined : source);
};

/** The same, of a record's headers; undefined when it has no id. */
export const claimOfRecord = (
  headers: Readonly<Record<string, Buffer>>,
  rule: ClaimRule,
): string | undefined =>
  claimOfTexts(
    claimHeaders.map((name) => headers[name]?.toString('utf8')),
    rule,
  );

/** The same, of each record on a topic that has an id, in order: for reading much. */
export const eachClaim = (rows: RecordRows, rule: ClaimRule, take: (claim: string) => void): void =>
  eachHeaderTexts(rows, claimHeaders, (texts) => {
    const claim = claimOfTexts(texts, rule);
    if (claim !== undefined) take(claim);
  });
