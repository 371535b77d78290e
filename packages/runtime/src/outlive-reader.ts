/**
 * What becomes of a process whose output nobody reads any more (`millrace … | head -1`). Node throws then, with a trace;
 * ending as by SIGPIPE would cut off a command that changes something. It knows no logger: that writes past these streams.
 */

/**
 * From now on a reader that leaves costs what it would have read, and nothing else: the process goes on to its end, and its
 * exit code says what became of its work.
 */
export const outliveReader = (): void => {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      left.abort();
    });
};

const left = new AbortController();

/** Aborted once a reader has left: for what has nothing to do but to print. */
export const readerLeft: AbortSignal = left.signal;
