/**
 * Whether two schemas give the same bytes the same meaning: names, types, units and the order of fields and symbols
 * are equal. Docs, aliases, defaults and foreign attributes may differ: they change nothing that is written.
 */
import type { AvroLogical, AvroNode } from '@millrace/contracts';

/** Compares along both, so that it costs no more than the smaller of them. */
export const writeSameDatums = (one: AvroNode, other: AvroNode): boolean => {
  if (one === other) return true;
  switch (one.kind) {
    case 'record':
      return (
        other.kind === 'record' &&
        one.fullName === other.fullName &&
        allPairs(
          one.fields,
          other.fields,
          (a, b) => a.name === b.name && writeSameDatums(a.type, b.type),
        )
      );
    case 'union':
      return other.kind === 'union' && allPairs(one.branches, other.branches, writeSameDatums);
    case 'array':
      return other.kind === 'array' && writeSameDatums(one.items, other.items);
    case 'map':
      return other.kind === 'map' && writeSameDatums(one.values, other.values);
    case 'enum':
      return (
        other.kind === 'enum' &&
        one.fullName === other.fullName &&
        allPairs(one.symbols, other.symbols, (a, b) => a === b)
      );
    case 'fixed':
      return (
        other.kind === 'fixed' &&
        one.fullName === other.fullName &&
        one.size === other.size &&
        isSameLogical(one.logical, other.logical)
      );
    default:
      return (
        other.kind === one.kind &&
        'logical' in other === 'logical' in one &&
        isSameLogical(one.logical, (other as typeof one).logical)
      );
  }
};

const allPairs = <Part>(
  ones: readonly Part[],
  others: readonly Part[],
  isSame: (one: Part, other: Part) => boolean,
): boolean =>
  ones.length === others.length && ones.every((one, index) => isSame(one, others[index]!));

const isSameLogical = (one: AvroLogical | undefined, other: AvroLogical | undefined): boolean =>
  one?.name === other?.name &&
  (one?.name !== 'decimal' ||
    other?.name !== 'decimal' ||
    (one.precision === other.precision && one.scale === other.scale));
