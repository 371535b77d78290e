/** What the long tests need of the documentation: of each page that is run, what to write and what to type, in order. */
import { type ExpectedExit, expectedExits, fateOf, isShell, kindOf } from './commands/classify.ts';
import type { Block, Page } from './pages/page.ts';
import { repositoryPages } from './pages/repository-pages.ts';

export type Step =
  | { readonly kind: 'file'; readonly file: string; readonly text: string }
  /** Shell; `line` is that of the page, from 1. */
  | {
      readonly kind: 'run';
      readonly code: string;
      readonly line: number;
      /** Commands that end with another exit code than 0. */
      readonly exits?: readonly ExpectedExit[];
    }
  /** Each line is a command that does not end by itself. */
  | { readonly kind: 'run until stopped'; readonly code: string; readonly line: number };

export type { ExpectedExit };

export interface RunnablePage {
  readonly path: string;
  readonly steps: readonly Step[];
}

/** The pages with blocks that are marked `run`, ordered by path. @param root the repository's root */
export const runnablePages = (root: string): readonly RunnablePage[] =>
  repositoryPages(root)
    .map((page) => ({
      path: page.path,
      steps: page.blocks.flatMap((block) => stepOf(page, block)),
    }))
    .filter(({ steps }) => steps.some(({ kind }) => kind !== 'file'));

export interface SqlBlock {
  /** The page and the line of its first statement. */
  readonly place: string;
  readonly server: 'clickhouse' | 'postgres';
  readonly code: string;
}

/** Every block of SQL; those of pages about the capture are for PostgreSQL. @param root the repository's root */
export const sqlBlocks = (root: string): readonly SqlBlock[] =>
  repositoryPages(root).flatMap(({ path, blocks }) =>
    blocks
      .filter(({ language }) => language === 'sql')
      .map(({ code, line }) => ({
        place: `${path}:${line}`,
        server: path.includes('cdc') ? 'postgres' : 'clickhouse',
        code,
      })),
  );

const fileMark = /^file: (\S+)$/;

function stepOf(page: Page, block: Block): readonly Step[] {
  const file = fileMark.exec(block.mark ?? '')?.[1];
  if (file !== undefined) return [{ kind: 'file', file, text: block.code }];
  const fate = isShell(block) ? (fateOf(page, block) ?? '') : '';
  const { code, line } = block;
  if (fate === 'run until stopped') return [{ kind: fate, code, line }];
  return kindOf(fate) === 'run' ? [{ kind: 'run', code, line, exits: expectedExits(fate) }] : [];
}
