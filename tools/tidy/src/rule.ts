import type { Tree } from './tree.ts';

/** One rule of the house: a name, the reason it exists, and a check over the whole tree. */
export interface Rule {
  /** kebab-case; the file under rules/ has the same name. */
  readonly name: string;
  /** One sentence: what goes wrong without the rule. Shown with each violation. */
  readonly why: string;
  check(tree: Tree): Finding[];
}

/** One place where a rule does not hold. */
export interface Finding {
  /** Relative to the repository root, with forward slashes. */
  readonly path: string;
  readonly line?: number;
  readonly message: string;
}
