/** Rules as commands of Kafka's own tool, for whoever gives rights by hand or by a script. */
import type { AclRule } from './acl-rule.ts';

const flags = { topic: '--topic', group: '--group', 'transactional-id': '--transactional-id' };

/** For a POSIX shell. */
const quoted = (word: string): string =>
  /^[\w.:=/-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** One command a rule; `$BROKERS` and `$ADMIN` (a file with `security.protocol` and so on) are the reader's. */
export const aclCommands = (principal: string, rules: readonly AclRule[]): readonly string[] =>
  rules.map(({ resource, name, pattern, operations }) =>
    [
      'kafka-acls.sh --bootstrap-server "$BROKERS" --command-config "$ADMIN" --add',
      `--allow-principal ${quoted(principal)}`,
      ...operations.map((operation) => `--operation ${operation}`),
      `${flags[resource]} ${quoted(name)}`,
      ...(pattern === 'prefixed' ? ['--resource-pattern-type prefixed'] : []),
    ].join(' '),
  );
