/**
 * What the window knows an event by. An id that its sender chose is one of its source's (CloudEvents: `source` and
 * `id` together are unique), so the source belongs to it; an id out of the contract's identity stands alone.
 */
import { cloudEventHeaders, millraceHeaders } from '@millrace/contracts';

/** The claim of an id that its sender chose. Without a source of its own the sender's ids are the stream's. */
export const claimOf = (id: string, source: string | undefined): string =>
  source === undefined ? id : `${source}\n${id}`;

/** The source of events whose sender names none. */
export const ownSource = ({ domain, name }: { domain: string; name: string }): string =>
  `/v1/events/${domain}/${name}`;

/**
 * The same, of a record that is on the topic; undefined when it has no id.
 * @param hasIdentity whether the contract gives ids: then a sender's is marked by a header
 */
export const claimOfRecord = (
  headers: Readonly<Record<string, Buffer>>,
  hasIdentity: boolean,
  defaultSource: string,
): string | undefined => {
  const id = headers[cloudEventHeaders.id]?.toString('utf8');
  if (id === undefined) return undefined;
  if (hasIdentity && headers[millraceHeaders.idFrom] === undefined) return id;
  const source = headers[cloudEventHeaders.source]?.toString('utf8');
  return claimOf(id, source === defaultSource ? undefined : source);
};
