/** Two texts line by line: what went, what came, and a few lines around, as a review shows it. JSON is compared as JSON. */
import { structuredPatch } from 'diff';

export interface DiffLine {
  readonly kind: 'same' | 'gone' | 'new';
  readonly text: string;
}

/** Lines that stand together. */
export interface DiffBlock {
  /** Of the later text, from 1. */
  readonly fromLine: number;
  readonly lines: readonly DiffLine[];
}

/** Unchanged lines around a change. */
const around = 3;

const kinds: Readonly<Record<string, DiffLine['kind']>> = { '+': 'new', '-': 'gone', ' ': 'same' };

/** The same value always in the same lines: how somebody has broken them is no change. */
const ironed = (before: string, after: string): readonly [string, string] => {
  try {
    const text = (one: string) => `${JSON.stringify(JSON.parse(one), null, 2)}\n`;
    return [text(before), text(after)];
  } catch {
    return [before, after];
  }
};

/** Empty when nothing differs. */
export const diffLines = (before: string, after: string): readonly DiffBlock[] => {
  const [old, now] = ironed(before, after);
  const { hunks } = structuredPatch('', '', old, now, '', '', { context: around });
  return hunks.map(({ newStart, lines }) => ({
    fromLine: newStart,
    lines: lines.flatMap((line) => {
      const kind = kinds[line[0] ?? ''];
      return kind === undefined ? [] : [{ kind, text: line.slice(1) }];
    }),
  }));
};
