import type { AvroNode } from '@millrace/contracts';
import type { EncodeState } from './encode-state.ts';

/** Writes one value, or reports what is wrong with it. Never throws for a bad value. */
export type ValueWriter = (state: EncodeState, value: unknown) => void;

/**
 * `message` is JSON as people send it; `default` is the schema's own notation for defaults: bytes as one
 * character a byte, the first branch of a union that fits, logical types as what they are stored as.
 */
export type Dialect = 'message' | 'default';

/** How a writer gets the writers of its parts; in its own dialect unless told otherwise. */
export type CompilePart = (node: AvroNode, dialect?: Dialect) => ValueWriter;
