import type { Contract } from '../contract.ts';
import { type ClusterLayout, laidOutNames, laidOutObjects } from '../warehouse/cluster-layout.ts';
import { hasWarehouse } from '../warehouse/warehouse-table.ts';
import type { PlanStep } from './plan-step.ts';

/**
 * What a running system has that its contracts do not say: the differences that `apply` cures, and what
 * people did to tables by hand, which `apply` leaves alone because it may be meant.
 */
export interface Drift {
  readonly target: PlanStep<unknown>['target'];
  readonly name: string;
  readonly line: string;
  /** `apply`: the next apply cures it. `person`: somebody has to decide. */
  readonly cure: 'apply' | 'person';
  readonly way?: string;
}

/** Everything in the database, beyond what a plan compares. */
export interface Inventory {
  readonly tables: readonly { readonly name: string; readonly engine: string }[];
  /** What stands on a table besides its columns and settings. */
  readonly extras: readonly {
    readonly table: string;
    readonly kind: 'constraint' | 'projection' | 'index' | 'computed column';
    readonly name: string;
  }[];
  readonly settings: readonly {
    readonly table: string;
    readonly name: string;
    readonly value: string;
  }[];
}

/** Printed for every table whether it was set or not. */
const printedAlways: readonly string[] = ['index_granularity'];

const removals = {
  constraint: 'DROP CONSTRAINT',
  projection: 'DROP PROJECTION',
  index: 'DROP INDEX',
  'computed column': 'DROP COLUMN',
} as const;

const byHand = (name: string, line: string, statement: string): Drift => ({
  target: 'table',
  name,
  line,
  cure: 'person',
  way: `Say it in the contract where it has a word for it, else: ${statement}`,
});

/** Names of raw tables and of what hangs on them; only such can be the platform's own that nobody declares. */
const platformName = /_raw(?:_|$)/;

/**
 * Drift of a whole project. `steps` is its plan; of a plan's steps those that create are drift, too: somebody
 * dropped what was there, or the contract was not applied yet.
 */
export const findDrift = (
  contracts: readonly Contract[],
  steps: readonly PlanStep<unknown>[],
  inventory: Inventory,
  layout?: ClusterLayout,
): readonly Drift[] => {
  const planned = steps
    .filter(({ kind }) => kind !== 'unchanged')
    .map(({ target, name, line, kind, way }): Drift => {
      const isCured = kind === 'create' || kind === 'alter';
      const cure = isCured ? 'apply' : 'person';
      return { target, name, line, cure, ...(way === undefined ? {} : { way }) };
    });
  const landing = contracts.filter(hasWarehouse);
  const shapes = new Map(
    landing.flatMap((contract) =>
      laidOutObjects(contract, layout).tables.map((shape) => [shape.name, shape] as const),
    ),
  );
  const declared = new Set(landing.flatMap((contract) => laidOutNames(contract, layout)));
  const extras = inventory.extras
    .filter(({ table }) => shapes.has(table))
    .filter(
      ({ table, kind, name }) =>
        // An index of our own naming is the plan's business.
        !(kind === 'index' && name.startsWith('idx_')) &&
        !shapes.get(table)!.indexes.some((index) => index.name === name),
    )
    .map(({ table, kind, name }) =>
      byHand(
        table,
        `${kind} ${name} was added by hand`,
        `ALTER TABLE ${table} ${removals[kind]} ${name}`,
      ),
    );
  const settings = inventory.settings
    .filter(({ table, name }) => shapes.has(table) && !printedAlways.includes(name))
    .filter(({ table, name }) => shapes.get(table)!.settings[name] === undefined)
    .map(({ table, name, value }) =>
      byHand(
        table,
        `setting ${name} = ${value} was made by hand`,
        `ALTER TABLE ${table} RESET SETTING ${name}`,
      ),
    );
  const undeclared = inventory.tables
    .filter(({ name }) => platformName.test(name) && !declared.has(name))
    .map(
      ({ name, engine }): Drift => ({
        target: 'table',
        name,
        line: `no contract declares this ${engine}`,
        cure: 'person',
        way: 'Bring its contract back, or drop it once nobody reads it: a removed contract, a replay or a rebuild left it.',
      }),
    );
  return [...planned, ...extras, ...settings, ...undeclared];
};
