import type { AvroNode } from '@millrace/contracts';
import { arrayWriter, mapWriter } from './json-collection.ts';
import { logicalWriter } from './json-logical.ts';
import { recordWriter } from './json-record.ts';
import { enumWriter, primitiveWriter } from './json-scalar.ts';
import { fixedWriter } from './json-text.ts';
import { unionWriter } from './json-union.ts';
import type { CompilePart, Dialect, ValueWriter } from './value-writer.ts';

/**
 * The writer of any Avro node: picks by kind, compiles each named type once, and lets a type contain
 * itself.
 */
export const compileValueWriter = (root: AvroNode): ValueWriter => {
  const compiled: Record<Dialect, Map<AvroNode, ValueWriter>> = {
    message: new Map(),
    default: new Map(),
  };

  const compileIn =
    (dialect: Dialect): CompilePart =>
    (node, otherDialect = dialect) => {
      const known = compiled[otherDialect].get(node);
      if (known !== undefined) return known;
      // While a node is being compiled, a reference to it goes through this indirection.
      let writer: ValueWriter | undefined;
      compiled[otherDialect].set(node, (state, value) => writer?.(state, value));
      writer = writerOf(node, otherDialect, compileIn(otherDialect));
      compiled[otherDialect].set(node, writer);
      return writer;
    };

  return compileIn('message')(root);
};

const writerOf = (node: AvroNode, dialect: Dialect, compile: CompilePart): ValueWriter => {
  switch (node.kind) {
    case 'record':
      return recordWriter(node, compile);
    case 'union':
      return unionWriter(node, dialect, compile);
    case 'array':
      return arrayWriter(compile(node.items));
    case 'map':
      return mapWriter(compile(node.values));
    case 'enum':
      return enumWriter(node);
    case 'fixed':
      return (dialect === 'message' && logicalWriter(node)) || fixedWriter(node.size, dialect);
    default:
      return (dialect === 'message' && logicalWriter(node)) || primitiveWriter(node.kind, dialect);
  }
};
