import { analystClassification, mayRead } from '../access/classification.ts';
import type { Rollup, Warehouse, WarehouseColumn } from '../contract.ts';
import { suggestWord } from '../nearest-word.ts';
import type { MillraceSection } from '../odcs/millrace-section.ts';
import { measureParts } from '../warehouse/rollups.ts';
import type { ContractParts } from './contract-parts.ts';
import { expressionNames, unstableFunctions } from './sql-columns.ts';

/** The rollups of a fact: what they group by and count, each expression checked against the columns. */
type Section = NonNullable<MillraceSection['warehouse']>;
type Path = readonly (string | number)[];

const checkExpression = (
  parts: ContractParts,
  path: Path,
  expression: string,
  columns: readonly WarehouseColumn[],
) => {
  const names = columns.map(({ name }) => name);
  for (const name of unstableFunctions(expression)) {
    parts.report(path, {
      rule: 'expression-unstable',
      message: `${name}() gives another value each time, and a rollup is counted once.`,
      remedy: 'Use the columns of the event alone.',
    });
  }
  for (const name of expressionNames(expression).columns) {
    const column = columns.find((one) => one.name === name);
    if (column === undefined) {
      parts.report(path, {
        rule: 'unknown-column',
        message: `${name} is not a column of ${parts.record.fullName}.`,
        remedy: suggestWord(name, names),
      });
    } else if (!mayRead(analystClassification, column.classification ?? 'public')) {
      parts.report(path, {
        rule: 'rollup-restricted',
        message: `${name} is ${column.classification}, and a rollup is for every analyst.`,
        remedy: 'Leave the column out, or write a view of its own under warehouse/.',
      });
    }
  }
};

const named = (words: Readonly<Record<string, string>>) =>
  Object.entries(words).map(([name, expression]) => ({ name, expression: expression.trim() }));

const buildRollup = (
  parts: ContractParts,
  path: Path,
  section: NonNullable<Section['rollups']>[number],
  columns: readonly WarehouseColumn[],
): Rollup => {
  const rollup = { name: section.name, by: named(section.by), measures: named(section.measures) };
  for (const { name, expression } of rollup.by) {
    checkExpression(parts, [...path, 'by', name], expression, columns);
  }
  for (const { name, expression } of rollup.measures) {
    const place = [...path, 'measures', name];
    if (measureParts(expression) === undefined) {
      parts.report(place, {
        rule: 'measure-unfit',
        message: `${expression} is not one aggregate function, whose state could be kept.`,
        remedy: 'Write e.g. avg(delay_minutes); divide in the query.',
      });
    }
    checkExpression(parts, place, expression, columns);
    if (rollup.by.every((key) => key.name !== name)) continue;
    parts.report(place, {
      rule: 'duplicate',
      message: `${name} is a key of the rollup already.`,
      remedy: 'Give the measure another name.',
    });
  }
  return rollup;
};

/** `rollups` of a fact; a problem where another role has them. */
export const buildRollups = (
  parts: ContractParts,
  section: Section,
  columns: readonly WarehouseColumn[],
): Pick<Warehouse, 'rollups'> => {
  if (section.rollups === undefined) return {};
  const path = [...parts.sectionPath, 'warehouse', 'rollups'];
  if (section.role !== 'fact') {
    parts.report(path, {
      rule: 'fact-only',
      message: `A rollup counts each row once, when it lands, and the rows of ${section.role === 'dimension' ? 'a dimension' : 'an aggregate'} are replaced later.`,
      remedy: 'Remove rollups, or let a transform make the results (role: aggregate).',
    });
    return {};
  }
  return {
    rollups: section.rollups.map((one, at) => buildRollup(parts, [...path, at], one, columns)),
  };
};
