import {
  analystClassification,
  type Classification,
  classifications,
  defaultClassification,
  mayRead,
} from '../access/classification.ts';
import type { Reader, WarehouseColumn } from '../contract.ts';
import { suggestWord } from '../nearest-word.ts';
import type { MillraceSection } from '../odcs/millrace-section.ts';
import type { OdcsProperty } from '../odcs/odcs-document.ts';
import type { DocumentPath } from '../odcs/source-document.ts';
import type { ContractParts } from './contract-parts.ts';
import { expressionNames } from './sql-columns.ts';

/**
 * Who may read what, as a contract says it. An unknown classification is a problem and not "open": rights follow from
 * the word.
 */
type Property = { readonly value: OdcsProperty; readonly path: DocumentPath } | undefined;
type ReaderWords = NonNullable<
  NonNullable<NonNullable<MillraceSection['warehouse']>['access']>['readers']
>;

/** `millrace_<role>` of these belong to the platform (access/access-model.ts). */
const reservedRole = /^(?:analyst|analyst_confidential|sink|admin|reader_.*)$/;

const isClassification = (word: string): word is Classification =>
  (classifications as readonly string[]).includes(word);

/** A column's classification and mask; problems are reported. */
export const columnAccess = (
  parts: ContractParts,
  name: string,
  property: Property,
  mask: string | undefined,
): Pick<WarehouseColumn, 'classification' | 'mask'> => {
  const word = property?.value.classification;
  if (word !== undefined && !isClassification(word)) {
    parts.report([...(property?.path ?? []), 'classification'], {
      rule: 'classification-unknown',
      message: `${name} is classified ${JSON.stringify(word)}, and rights follow from ${classifications.join(', ')}.`,
      remedy: suggestWord(word, classifications),
    });
    return {};
  }
  const level = word ?? defaultClassification;
  if (mask !== undefined) checkMask(parts, name, property?.path ?? [], level, mask);
  return {
    ...(word === undefined ? {} : { classification: word }),
    ...(mask === undefined ? {} : { mask }),
  };
};

const checkMask = (
  parts: ContractParts,
  name: string,
  path: DocumentPath,
  level: Classification,
  mask: string,
) => {
  if (mayRead(analystClassification, level)) {
    parts.report(path, {
      rule: 'mask-unneeded',
      message: `${name} has a mask, and every analyst may read what is ${level}.`,
      remedy: 'Classify it confidential or restricted, or remove the mask.',
    });
  }
  for (const other of expressionNames(mask).columns) {
    if (other === name) continue;
    parts.report(path, {
      rule: 'mask-of-others',
      message: `The mask of ${name} uses ${other}.`,
      remedy: `Write an expression over ${name} alone, e.g. left(${name}, 2).`,
    });
  }
};

/** The readers of a view; problems are reported. */
export const buildReaders = (
  parts: ContractParts,
  readers: ReaderWords,
  columns: readonly WarehouseColumn[],
): readonly Reader[] => {
  const open = columns
    .filter(({ classification }) => mayRead(analystClassification, classification))
    .map(({ name }) => name);
  return readers.map(({ role, where, level = analystClassification }, index) => {
    const path = [...parts.sectionPath, 'warehouse', 'access', 'readers', index];
    if (reservedRole.test(role) || readers.findIndex((one) => one.role === role) !== index) {
      parts.report([...path, 'role'], {
        rule: 'role-taken',
        message: `${role} is a role of the platform, or named twice.`,
        remedy: 'Choose another name; the server has it as millrace_<role>.',
      });
    }
    for (const name of where === undefined ? [] : expressionNames(where).columns) {
      if (open.includes(name)) continue;
      parts.report([...path, 'where'], {
        rule: 'unknown-column',
        message: `${name} is not a public or internal column: a condition on another would tell its values, and find nothing where it is masked.`,
        remedy: suggestWord(name, open),
      });
    }
    return { role, level, ...(where === undefined ? {} : { where }) };
  });
};
