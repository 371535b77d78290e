/** Who sends to a stream and who reads it: what the project declares, joined with who was seen. */
import { type Contract, transformGroup } from '@millrace/contracts';
import type { Participant } from '@millrace/operations';
import type { CatalogInput, Seen } from './catalog-input.ts';

type Declared = Pick<Participant, 'name' | 'kind'>;

const keyOf = ({ kind, name }: Declared): string => `${kind} ${name}`;

/** Declared first, then those who were only seen; by name within. */
const join = (declared: readonly Declared[], seen: readonly Seen[]): readonly Participant[] => {
  const found = new Map<string, Participant>();
  for (const one of declared)
    found.set(keyOf(one), { ...one, seen: false, declared: true, lastMs: null });
  for (const { name, kind, lastMs } of seen) {
    const known = found.get(keyOf({ name, kind }));
    const last = Math.max(known?.lastMs ?? 0, lastMs ?? 0);
    found.set(keyOf({ name, kind }), {
      ...{ name, kind, seen: true, declared: known?.declared ?? false },
      lastMs: last === 0 ? null : last,
    });
  }
  return [...found.values()].sort(
    (a, b) => Number(b.declared) - Number(a.declared) || a.name.localeCompare(b.name),
  );
};

export const producersOf = (contract: Contract, input: CatalogInput): readonly Participant[] => {
  const { source, id } = contract;
  const makers = input.transforms
    .filter(({ flows }) => flows.some(({ to }) => to === id))
    .map(({ name }): Declared => ({ kind: 'transform', name }));
  const captured: readonly Declared[] =
    source.kind === 'change' ? [{ kind: 'capture', name: source.source }] : [];
  const observed = input.observed(id);
  const allowed = (observed?.allowed ?? []).map((name): Declared => ({ kind: 'producer', name }));
  return join([...captured, ...makers, ...allowed], observed?.producers ?? []);
};

export const consumersOf = (contract: Contract, input: CatalogInput): readonly Participant[] => {
  const { id, warehouse } = contract;
  const readers = input.transforms
    .filter(({ flows }) => flows.some(({ from }) => from === id))
    .map(({ name }): Declared => ({ kind: 'transform', name }));
  const sink: readonly Declared[] = warehouse === undefined ? [] : [{ kind: 'sink', name: 'sink' }];
  return join([...sink, ...readers], input.observed(id)?.consumers ?? []);
};

/** What a consumer group is: a transform of ours by its name, the sink by what somebody else found out, else a group. */
export const groupAsSeen = (
  group: string,
  isSink: boolean,
  transforms: readonly string[],
  lastMs: number | null,
): Seen => {
  if (isSink) return { name: 'sink', kind: 'sink', lastMs };
  const transform = transforms.find((name) => transformGroup(name) === group);
  return transform === undefined
    ? { name: group, kind: 'group', lastMs }
    : { name: transform, kind: 'transform', lastMs };
};
