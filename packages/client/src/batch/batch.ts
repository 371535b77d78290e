/**
 * A batch: the unit that is stored and sent. It is cut once and never changes, so that it can be sent again under
 * the same key after a lost answer, a restart, or by another tab: the door numbers its events `<key>/<index>` and
 * recognises those that it has.
 */

/** What is known of a batch without its body. */
export interface BatchHead {
  /** The idempotency key: 128 random bits in hexadecimal. */
  readonly key: string;
  /** The contract's id, `<domain>.<name>`. */
  readonly stream: string;
  readonly events: number;
  /** Bytes of the body in UTF-8. */
  readonly bytes: number;
  /** When its first event came, ms since 1970 UTC. */
  readonly createdMs: number;
}

export interface Batch extends BatchHead {
  /** One JSON object a line, without a newline at the end. */
  readonly body: string;
}

/** A key for a batch. `crypto.randomUUID` is missing from pages without TLS; this is not. */
export const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');

/** Bytes of a text in UTF-8. */
export const utf8Bytes = (text: string): number => {
  let bytes = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    // A surrogate pair is two units and four bytes; JSON.stringify escapes lone ones.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
};

/** The events of a batch as their senders gave them. */
export const eventsOf = (body: string): readonly unknown[] =>
  body.split('\n').map((line) => JSON.parse(line) as unknown);
