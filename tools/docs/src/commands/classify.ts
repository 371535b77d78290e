/** What becomes of a block of shell, as the marks say that the rule `commands-run` of tools/tidy asks for. */
import type { Block, Page } from '../pages/page.ts';

/** Languages that are run. */
export const isShell = (block: Block): boolean => ['sh', 'bash'].includes(block.language);

const pageMark = /^<!--\s*page: (.*?)\s*-->\s*$/m;

/** `run`, `run until stopped`, `run by …` or `checked: …`: the block's own mark, else its page's; undefined where neither says it. */
export const fateOf = (page: Page, block: Block): string | undefined =>
  block.mark ?? pageMark.exec(page.text)?.[1];

/** A command that rightly ends with another exit code than 0 where the page is run. */
export interface ExpectedExit {
  /** How the command begins, as it is written. */
  readonly command: string;
  readonly code: number;
  /** A word of what it prints: with it the command ends so, without it with 0. Left out: always so. */
  readonly where?: string;
  readonly why: string;
}

const exitClause = /^exit (\d+) of "([^"]+)"(?: where it says "(\w+)")?: (.+)$/;

/** Of `run; exit 1 of "npx millrace status" where it says "bad": why; exit …`. Throws where a part of the mark is none of these. */
export function expectedExits(fate: string): readonly ExpectedExit[] {
  const [, ...clauses] = fate.split(/; (?=exit )/);
  return clauses.map((clause) => {
    const [, code, command = '', where, why = ''] = exitClause.exec(clause) ?? [];
    if (code === undefined) throw new Error(`no exit code of a command: ${clause}`);
    return { command, code: Number(code), ...(where && { where }), why };
  });
}

/** `run` without the exit codes that its mark tells, every other fate as it is. */
export const kindOf = (fate: string): string => (fate.startsWith('run; exit ') ? 'run' : fate);
