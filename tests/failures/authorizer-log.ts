/**
 * What a broker's authorizer decided, from its log, and by which rule: rules that no request came to are idle, and a service that is
 * refused something lacks one. Needs the broker's `kafka.authorizer.logger` at level debug.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AclRule, entriesOf, entryText } from '@millrace/contracts';

/** What the authorizer said, one entry a request and resource. */
export interface AclDecision {
  readonly principal: string;
  readonly isAllowed: boolean;
  readonly operation: string;
  /** `Topic:LITERAL:name` */
  readonly resource: string;
  readonly request: string;
  /** The rule that let it pass, as `entryText` has it; undefined for what was refused. */
  readonly rule: string | undefined;
}

const line =
  /Principal = (\S+) is (Allowed|Denied) operation = (\S+) from host = \S+ on resource = (\S+) for request = (\S+)/;
const ruleText =
  /MatchingAcl\(acl=StandardAcl\[resourceType=(\w+), resourceName=(.*?), patternType=(\w+), .*?operation=(\w+)/;

/** `DESCRIBE_CONFIGS` → `DescribeConfigs`. */
const titled = (name: string): string =>
  name.toLowerCase().replace(/(^|_)(.)/g, (_match, _mark, letter: string) => letter.toUpperCase());

const ruleOf = (
  principal: string,
  [, resource, name, pattern, operation]: readonly string[],
): string =>
  entryText({
    ...{ principal, name: name! },
    resource: resource!.toLowerCase().replace('_', '-') as AclRule['resource'],
    pattern: pattern!.toLowerCase() as AclRule['pattern'],
    operation: titled(operation!) as AclRule['operations'][number],
  });

/** Of the principals of the platform, from the broker's log at level DEBUG of `kafka.authorizer.logger`. */
export const readDecisions = async (dataDir: string): Promise<readonly AclDecision[]> => {
  const text = await readFile(join(dataDir, 'log', 'kafka.log'), 'utf8');
  return text.split('\n').flatMap((one) => {
    const found = line.exec(one);
    if (found === null || !found[1]!.startsWith('User:millrace-')) return [];
    const [, principal, verdict, operation, resource, request] = found as unknown as string[];
    const by = ruleText.exec(one);
    return [
      {
        ...{ principal: principal!, isAllowed: verdict === 'Allowed', operation: operation! },
        ...{ resource: resource!, request: request! },
        rule: by === null ? undefined : ruleOf(principal!, by as unknown as readonly string[]),
      },
    ];
  });
};

/** Rules that let nothing pass, as `entryText` has them. */
export const idleRules = (
  principals: readonly { readonly principal: string; readonly rules: readonly AclRule[] }[],
  decisions: readonly AclDecision[],
): readonly string[] => {
  const used = new Set(decisions.map(({ rule }) => rule));
  return principals
    .flatMap(({ principal, rules }) => entriesOf(principal, rules).map(entryText))
    .filter((rule) => !used.has(rule));
};
