/** How many blocks of shell the documentation has, and how many of them a test carries out. */
import type { Page } from '../pages/page.ts';
import { fateOf, isShell, kindOf } from './classify.ts';

export interface FateCount {
  /** `run`, `run by tests/…`, `checked: reason`, or `not marked`. */
  readonly fate: string;
  readonly blocks: number;
}

/** By fate, the most first; equal ones by name. */
export function countFates(pages: readonly Page[]): readonly FateCount[] {
  const counts = new Map<string, number>();
  for (const page of pages)
    for (const block of page.blocks.filter(isShell)) {
      const fate = kindOf(fateOf(page, block) ?? 'not marked');
      counts.set(fate, (counts.get(fate) ?? 0) + 1);
    }
  return [...counts]
    .map(([fate, blocks]) => ({ fate, blocks }))
    .sort((one, other) => other.blocks - one.blocks || one.fate.localeCompare(other.fate));
}

/** A line a fate, the sum at the end. */
export function fatesText(counts: readonly FateCount[]): string {
  const sum = counts.reduce((total, { blocks }) => total + blocks, 0);
  const those = (kind: string): number =>
    counts
      .filter(({ fate }) => fate.startsWith(kind))
      .reduce((total, { blocks }) => total + blocks, 0);
  const lines = counts.map(({ fate, blocks }) => `${String(blocks).padStart(4)}  ${fate}`);
  const said = `${those('run')} of ${sum} blocks of commands are run by a test, ${those('checked')} are checked`;
  return [...lines, said, ''].join('\n');
}
