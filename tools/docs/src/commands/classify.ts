/** What becomes of a block of shell, as the marks say that the rule `commands-run` of tools/tidy asks for. */
import type { Block, Page } from '../pages/page.ts';

/** Languages that are run. */
export const isShell = (block: Block): boolean => ['sh', 'bash'].includes(block.language);

const pageMark = /^<!--\s*page: (.*?)\s*-->\s*$/m;

/** `run`, `run until stopped`, `run by …` or `not run: …`: the block's own mark, else its page's; undefined where neither says it. */
export const fateOf = (page: Page, block: Block): string | undefined =>
  block.mark ?? pageMark.exec(page.text)?.[1];
