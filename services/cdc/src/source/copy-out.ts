/**
 * COPY … TO STDOUT row by row from the socket: the server sends each row as one CopyData message, so a row is a
 * slice of what was read, without an object.
 * Source: PostgreSQL documentation, Frontend/Backend Protocol, COPY Operations.
 */
import { divertCopyData } from './divert-copy-data.ts';
import type { SourceConnection } from './source-connection.ts';
import { sourceError } from './source-error.ts';

/** `bytes[start, end)` is one message, valid until the call returns. */
export type CopyRowHandler = (bytes: Buffer, start: number, end: number) => void;

export interface CopyOut {
  /**
   * Runs one COPY statement to its end. A throw of `onRow` breaks the connection and is what the promise
   * rejects with. Else throws as `sourceError`.
   */
  run(statement: string, onRow: CopyRowHandler): Promise<void>;
  /** Reads the socket no further; what was read already is still handed over. */
  pause(): void;
  resume(): void;
}

/** Takes the connection over: statements other than COPY still go through `connection.query`. */
export const createCopyOut = (connection: SourceConnection): CopyOut => {
  const { stream } = connection.client.connection;
  let handler: CopyRowHandler | undefined;
  let broken: unknown;
  divertCopyData(stream, (bytes, start, end) => {
    if (broken !== undefined) return;
    try {
      handler?.(bytes, start, end);
    } catch (error) {
      broken = error;
      stream.destroy();
    }
  });
  return {
    run: async (statement, onRow) => {
      handler = onRow;
      try {
        await connection.query(statement);
      } catch (error) {
        throw broken ?? sourceError(error, 'reading a table');
      } finally {
        handler = undefined;
      }
    },
    pause: () => stream.pause(),
    resume: () => stream.resume(),
  };
};
