import type { StoreShape, TransformShape } from './transform-shape.ts';

/** One difference between the state that is there and the transform that wants to use it. */
export interface ShapeChange {
  readonly kind:
    | 'store-new'
    | 'store-gone'
    | 'store-renamed'
    | 'store-changed'
    | 'partitions-changed'
    | 'version-lowered';
  /** Of the store or the input. */
  readonly name: string;
  /** The state would mean something else: it must not be used as it is. */
  readonly breaking: boolean;
  /** One sentence for whoever changed the file. */
  readonly message: string;
}

/**
 * What has changed, breaking changes first. A store that is new begins empty, one that is gone is left
 * alone; anything that would make old state mean something else is breaking. A store that seems to have
 * been renamed is breaking, too: operators without a name are numbered, and one put in front of them
 * renames those behind it, which would silently begin with empty state.
 */
export const compareShapes = (
  before: TransformShape,
  after: TransformShape,
): readonly ShapeChange[] => {
  const changes = [
    ...versionChange(before, after),
    ...storeChanges(before, after),
    ...partitionChanges(before, after),
  ];
  return changes.sort((one, other) => Number(other.breaking) - Number(one.breaking));
};

const versionChange = (before: TransformShape, after: TransformShape): ShapeChange[] =>
  after.version >= before.version
    ? []
    : [
        {
          kind: 'version-lowered',
          name: 'version',
          breaking: true,
          message: `The state is of version ${before.version}, the file of version ${after.version}.`,
        },
      ];

const sameShape = (one: StoreShape, other: StoreShape): boolean =>
  one.kind === other.kind && one.shape === other.shape;

const storeChanges = (before: TransformShape, after: TransformShape): ShapeChange[] => {
  const changes: ShapeChange[] = [];
  const added = new Map(
    Object.entries(after.stores).filter(([name]) => before.stores[name] === undefined),
  );
  for (const [name, was] of Object.entries(before.stores)) {
    const is = after.stores[name];
    if (is === undefined) {
      const to = [...added.keys()].find((one) => sameShape(was, added.get(one)!));
      changes.push(to === undefined ? gone(name) : renamed(name, was, to, added.get(to)!));
      if (to !== undefined) added.delete(to);
    } else if (!sameShape(was, is)) {
      const message = `${name} holds '${was.shape}' and is now to hold '${is.shape}'.`;
      changes.push({ kind: 'store-changed', name, breaking: true, message });
    }
  }
  for (const name of added.keys()) {
    const message = `${name} is new and begins empty.`;
    changes.push({ kind: 'store-new', name, breaking: false, message });
  }
  return changes;
};

const gone = (name: string): ShapeChange => ({
  kind: 'store-gone',
  name,
  breaking: false,
  message: `${name} is not used any more; its changelog is left as it is.`,
});

const renamed = (name: string, was: StoreShape, to: string, is: StoreShape): ShapeChange => ({
  kind: 'store-renamed',
  name,
  breaking: true,
  message: `${name} is gone and ${to}, which is new, holds the same: name the operator ${is.operator} '${was.operator}' to keep its state.`,
});

const partitionChanges = (before: TransformShape, after: TransformShape): ShapeChange[] =>
  Object.entries(after.partitions)
    .filter(([name, count]) => (before.partitions[name] ?? count) !== count)
    .map(([name, count]) => ({
      kind: 'partitions-changed',
      name,
      breaking: true,
      message: `${name} had ${before.partitions[name]} partitions and has ${count}: keys lie elsewhere now.`,
    }));
