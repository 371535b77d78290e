/**
 * Replaces the port where a Kafka broker names itself (Metadata, FindCoordinator: a string of 127.0.0.1 followed by the
 * port as INT32). Of equal length, so that no size field changes. Works across pieces of the stream.
 */

const host = '127.0.0.1';

/** How host and port look: INT16 length and bytes before flexible versions, a varint of length + 1 after them. */
function patternsFor(port: number): Buffer[] {
  const tail = Buffer.alloc(host.length + 4);
  tail.write(host, 'latin1');
  tail.writeInt32BE(port, host.length);
  const classic = Buffer.concat([Buffer.from([0, host.length]), tail]);
  const flexible = Buffer.concat([Buffer.from([host.length + 1]), tail]);
  return [classic, flexible];
}

/** How many bytes at the end of `data` could be the beginning of `pattern`. */
function openEnd(data: Buffer, pattern: Buffer): number {
  for (let length = Math.min(pattern.length - 1, data.length); length > 0; length--)
    if (data.subarray(data.length - length).equals(pattern.subarray(0, length))) return length;
  return 0;
}

/** @returns a function that is given the stream piece by piece and returns what can be passed on */
export function createPortRewriter(from: number, to: number): (chunk: Buffer) => Buffer {
  const patterns = patternsFor(from);
  let held = Buffer.alloc(0);
  return (chunk) => {
    const data = Buffer.concat([held, chunk]);
    for (const pattern of patterns)
      for (let at = data.indexOf(pattern); at >= 0; at = data.indexOf(pattern, at + 1))
        data.writeInt32BE(to, at + pattern.length - 4);
    // A lone zero is the beginning of a pattern too, but holding it back would hold back whole answers that end in one.
    const keep = Math.max(...patterns.map((pattern) => openEnd(data, pattern)));
    const minimum = keep > 2 ? keep : 0;
    held = Buffer.from(data.subarray(data.length - minimum));
    return data.subarray(0, data.length - minimum);
  };
}
