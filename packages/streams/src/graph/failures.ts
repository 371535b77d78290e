import { MillraceError } from '@millrace/contracts';
import type { Flow } from '../flow.ts';
import type { RefusedRecord, StageHost } from './stage-host.ts';

/**
 * What functions threw in a stage. It is caught where it was thrown, so that the operators around it finish
 * what they are doing and their state stays whole; a record being pushed then fails as a whole.
 */
export interface Failures {
  /** The same receiver, which does not throw unless the host stops the task. */
  guarded(operator: string, receive: (flow: Flow) => void): (flow: Flow) => void;
  /** A function threw for a record that an operator had held. */
  held(record: RefusedRecord, error: unknown): void;
  /** What is at hand came from this record: the one being pushed, or the one that was resumed. */
  origin(): unknown;
  /** What is handed on from here on came from this record. */
  resume(origin: unknown): void;
  /** A record is about to be pushed. */
  begin(): void;
  /** It has been pushed; throws the first of what was thrown meanwhile. */
  end(): void;
}

export const createFailures = (host: Pick<StageHost, 'failed' | 'origin'>): Failures => {
  let pushing = false;
  let first: MillraceError | undefined;
  let resumed: unknown;
  let stopping: { readonly cause: unknown } | undefined;

  const held = (record: RefusedRecord, error: unknown): void => {
    try {
      host.failed(record, named(record.operator, error));
    } catch (cause) {
      stopping = { cause };
      throw cause;
    }
  };

  return {
    guarded: (operator, receive) => (flow) => {
      try {
        receive(flow);
      } catch (error) {
        if (stopping !== undefined && stopping.cause === error) throw error;
        if (pushing) first ??= named(operator, error);
        else held({ operator, flow, origin: resumed }, error);
      }
    },
    held,
    origin: () => (pushing ? host.origin?.() : resumed),
    resume(origin) {
      resumed = origin;
    },
    begin() {
      pushing = true;
      first = undefined;
    },
    end() {
      pushing = false;
      if (first !== undefined) throw first;
    },
  };
};

/** An error of the platform keeps its code; any other is the function's. */
const named = (operator: string, error: unknown): MillraceError => {
  if (error instanceof MillraceError) return error;
  const message = `${operator}: ${toldAs(error)}`;
  return new MillraceError('transform.function-failed', message, { cause: error });
};

/** A function may throw anything: nothing at all, or an object that cannot be made a text of. */
const toldAs = (error: unknown): string => {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } catch {
    return 'what was thrown has no text';
  }
};
