/** Where a transaction commits, from the message by which it is first known to. */
const BEGIN = 0x42;
const STREAM_COMMIT = 0x63;

/**
 * The LSN of the commit that a BEGIN, or the commit of a streamed transaction, tells; undefined for every other
 * message, and for one that is cut off.
 */
export const commitLsnOf = (message: Buffer): bigint | undefined => {
  const at = message[0] === BEGIN ? 1 : message[0] === STREAM_COMMIT ? 6 : undefined;
  return at === undefined || message.length < at + 8 ? undefined : message.readBigUInt64BE(at);
};
