import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { ContractProblem } from '../project/contract-problem.ts';

/**
 * A YAML or JSON text with its values and the line of each, so that every message can point at a place.
 * What the values mean is not known here.
 */
export type DocumentPath = readonly (string | number)[];

export interface SourceDocument {
  readonly file: string;
  readonly value: unknown;
  /** A problem at a path: with the line of the nearest key that exists. */
  problemAt(
    path: DocumentPath,
    problem: Pick<ContractProblem, 'rule' | 'message' | 'remedy'>,
  ): ContractProblem;
}

const childAt = (node: unknown, key: string | number): { key?: Node; value?: unknown } => {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
    return pair === undefined ? {} : { key: pair.key as Node, value: pair.value };
  }
  if (isSeq(node) && typeof key === 'number') {
    const value = node.items[key];
    return value === undefined ? {} : { key: value as Node, value };
  }
  return {};
};

const nameOf = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, property } = value as Record<string, unknown>;
  if (typeof name === 'string') return name;
  return typeof property === 'string' ? property : undefined;
};

/** `schema[departed].properties[delay].type`: list elements by their name where they have one. */
const fieldText = (root: unknown, path: DocumentPath): string => {
  let at: unknown = root;
  let text = '';
  for (const key of path) {
    at =
      typeof at === 'object' && at !== null
        ? (at as Record<string | number, unknown>)[key]
        : undefined;
    if (typeof key === 'number') text += `[${nameOf(at) ?? key}]`;
    else text += text === '' ? key : `.${key}`;
  }
  return text.replace(/^customProperties\[millrace\]\.value/, 'millrace');
};

export const readSourceDocument = (
  file: string,
  text: string,
): { readonly document: SourceDocument; readonly problems: readonly ContractProblem[] } => {
  const lines = new LineCounter();
  const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const value: unknown = parsed.errors.length === 0 ? parsed.toJS() : undefined;
  const positionOf = (path: DocumentPath) => {
    let node: unknown = parsed.contents;
    let nearest: Node | undefined;
    for (const key of path) {
      const child = childAt(node, key);
      if (child.key === undefined) break;
      nearest = child.key;
      node = child.value;
    }
    const offset = (nearest ?? parsed.contents)?.range?.[0];
    if (offset === undefined) return {};
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problems = parsed.errors.map((error): ContractProblem => {
    const { line, col } = lines.linePos(error.pos[0]);
    return {
      file,
      line,
      column: col,
      rule: 'syntax',
      message: error.message,
      remedy: 'Correct the syntax at this line.',
    };
  });
  const document: SourceDocument = {
    file,
    value,
    problemAt: (path, problem) => ({
      file,
      ...positionOf(path),
      field: fieldText(value, path),
      ...problem,
    }),
  };
  return { document, problems };
};
