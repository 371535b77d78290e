import type { Exception } from './exceptions.ts';
import type { Finding, Rule } from './rule.ts';
import type { Tree } from './tree.ts';

/** Runs rules over a tree, takes away what is excepted, and adds exceptions that except nothing. */
export interface Verdict {
  readonly rule: Rule;
  readonly findings: readonly Finding[];
}

export function judge(
  tree: Tree,
  rules: readonly Rule[],
  exceptions: readonly Exception[],
): Verdict[] {
  return rules.map((rule) => {
    const found = rule.check(tree);
    const own = exceptions.filter((exception) => exception.rule === rule.name);
    const open = found.filter((finding) => !own.some((exception) => covers(exception, finding)));
    const stale = own
      .filter((exception) => !found.some((finding) => covers(exception, finding)))
      .map(({ path, reason }) => ({ path, message: `exception no longer needed: ${reason}` }));
    return { rule, findings: [...open, ...stale] };
  });
}

const covers = ({ path, about }: Exception, finding: Finding): boolean =>
  finding.path === path && (about === undefined || finding.message.includes(about));

/** `path:line message`, as editors and terminals link it. */
export const renderFinding = ({ path, line, message }: Finding): string =>
  `${line === undefined ? path : `${path}:${line}`} ${message}`;
