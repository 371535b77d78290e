/** Everything that a change touches, by name, with the page of each. */
import type { ImpactReport } from '@millrace/operations';
import { pathOf } from '../url-state.ts';

type ContractImpact = ImpactReport['contracts'][number];
type Kind = ContractImpact['objects'][number]['kind'] | ContractImpact['affected'][number]['kind'];

export interface ImpactRow {
  readonly kind: Kind;
  readonly name: string;
  /** Where it is shown; undefined for what has no page. */
  readonly href: string | undefined;
  readonly why: string;
  /** When it was last seen reading; null: never, or it is no reader. */
  readonly lastMs: number | null;
}

const filtered = (view: string, text: string): string => `/${view}?q=${encodeURIComponent(text)}`;

const pageOf = (kind: Kind, name: string, contract: string): string | undefined => {
  switch (kind) {
    case 'transform':
      return pathOf('transforms', name);
    case 'stream':
      return pathOf('streams', name);
    case 'rule':
      return pathOf('quality', contract, name);
    case 'group':
      return pathOf('lag', name);
    case 'sink':
      return filtered('lag', 'sink');
    case 'rollup':
      return filtered('tables', name);
    // views and dictionaries are listed with the table that they show
    case 'view':
    case 'dictionary':
      return filtered('tables', contract);
    case 'capture':
      return '/captures';
    case 'producer':
      return `${pathOf('streams', contract)}?tab=lineage`;
    // a user of ClickHouse, and a role there
    case 'query':
    case 'reader':
      return undefined;
  }
};

const whyRead = (kind: Kind, seen: boolean, declared: boolean): string => {
  const how = seen
    ? declared
      ? 'declared, and seen'
      : 'seen, not declared'
    : 'declared, not seen';
  return kind === 'producer' || kind === 'capture' ? `sends: ${how}` : `reads: ${how}`;
};

/** What is made of the stream first, then who reads it; one that is both stands once. */
export const impactRows = ({
  contract,
  affected,
  objects,
}: ContractImpact): readonly ImpactRow[] => {
  const known = new Map(affected.map((one) => [`${one.kind} ${one.name}`, one]));
  const made = objects.map(({ kind, name, why }): ImpactRow => {
    const seen = known.get(`${kind} ${name}`);
    known.delete(`${kind} ${name}`);
    return { kind, name, why, href: pageOf(kind, name, contract), lastMs: seen?.lastMs ?? null };
  });
  const readers = [...known.values()].map(
    ({ kind, name, seen, declared, lastMs }): ImpactRow => ({
      ...{ kind, name, lastMs, href: pageOf(kind, name, contract) },
      why: whyRead(kind, seen, declared),
    }),
  );
  return [...made, ...readers];
};
