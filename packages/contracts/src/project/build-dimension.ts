import type { DictionarySettings, HistorySettings, Warehouse } from '../contract.ts';
import { retentionMsOf } from '../odcs/durations.ts';
import type { DictionarySection, MillraceSection } from '../odcs/millrace-section.ts';
import { historyColumns } from '../warehouse/dimension-history.ts';
import type { ContractParts } from './contract-parts.ts';

/** What a contract may ask of a dimension besides its rows as they are now: their history, dictionaries. */
type Section = NonNullable<MillraceSection['warehouse']>;

/** How often a dictionary is read anew when the contract does not say. */
const defaultLifetimeSeconds = 60;

const dictionaryOf = (
  parts: ContractParts,
  path: readonly (string | number)[],
  section: DictionarySection,
): DictionarySettings => {
  const ms =
    section.lifetime === undefined
      ? defaultLifetimeSeconds * 1_000
      : (retentionMsOf(section.lifetime) ?? 0);
  if (ms < 1_000) {
    parts.report([...path, 'lifetime'], {
      rule: 'duration-invalid',
      message: `${section.lifetime} is not how long a dictionary may be out of date.`,
      remedy: 'Write a second or more, e.g. 60s.',
    });
  }
  return {
    lifetimeSeconds: Math.round(ms / 1_000),
    ...(section.credentials === undefined ? {} : { credentials: section.credentials }),
  };
};

const historyOf = (
  parts: ContractParts,
  path: readonly (string | number)[],
  section: Exclude<Section['history'], undefined | false>,
): HistorySettings => {
  for (const { name } of historyColumns) {
    if (!parts.record.fields.some((field) => field.name === name)) continue;
    parts.report(parts.properties.get(name)?.path ?? path, {
      rule: 'column-reserved',
      message: `${name} is a column of the history's own.`,
      remedy: 'Rename the field, or write history: false.',
    });
  }
  const words = section === true ? {} : section;
  return {
    before: words.before ?? 'none',
    ...(words.dictionary === undefined
      ? {}
      : { dictionary: dictionaryOf(parts, [...path, 'dictionary'], words.dictionary) }),
  };
};

/** `history` and `dictionary` of a dimension; problems where another role has them. */
export const buildDimension = (
  parts: ContractParts,
  section: Section,
): Pick<Warehouse, 'history' | 'dictionary'> => {
  const place = (word: string) => [...parts.sectionPath, 'warehouse', word];
  if (section.role !== 'dimension') {
    for (const word of ['history', 'dictionary'] as const) {
      if (section[word] === undefined) continue;
      parts.report(place(word), {
        rule: 'dimension-only',
        message: `${word} belongs to a dimension, and this is a ${section.role}.`,
        remedy: `Remove ${word}.`,
      });
    }
    return {};
  }
  const { history, dictionary } = section;
  return {
    ...(history === undefined || history === false
      ? {}
      : { history: historyOf(parts, place('history'), history) }),
    ...(dictionary === undefined
      ? {}
      : { dictionary: dictionaryOf(parts, place('dictionary'), dictionary) }),
  };
};
