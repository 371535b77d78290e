/** `millrace access kafka`: the rules of each service's principal, printed, given, or compared with what the brokers have. */
import {
  type AclEntry,
  aclCommands,
  entriesOf,
  entryText,
  kafkaAccess,
  MillraceError,
  type PrincipalRules,
  type StrimziAuthentication,
  strimziUser,
} from '@millrace/contracts';
import { type AclAdmin, createAclAdmin, kafkaConnection } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { defineConfig, kafkaSettings, readConfig } from '@millrace/runtime';
import { stringify } from 'yaml';
import { plural, print, printJson } from '../contracts/command-output.ts';
import { readAccessInput } from './access-input.ts';

export interface KafkaAccessFlags {
  readonly project: string;
  readonly service?: readonly string[];
  readonly prefix: string;
  /** `service=User:…` */
  readonly principal?: readonly string[];
  readonly strimzi?: string;
  readonly authentication: StrimziAuthentication;
  readonly apply?: boolean;
  readonly check?: boolean;
  readonly json?: boolean;
}

interface NamedRules extends PrincipalRules {
  readonly user: string;
  /** `User:…` */
  readonly principal: string;
}

const config = defineConfig('access', kafkaSettings);

const misuse = (message: string) => new MillraceError('config.invalid', message);

const chosen = (
  all: readonly PrincipalRules[],
  wanted: readonly string[] | undefined,
): readonly PrincipalRules[] => {
  const names = all.map(({ service }) => service);
  const unknown = (wanted ?? []).filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw misuse(`no principal ${unknown.join(', ')}; there are ${names.join(', ')}`);
  return wanted === undefined ? all : all.filter(({ service }) => wanted.includes(service));
};

/** Throws `config.invalid` for a word of --principal that names no service. */
export const namedRules = (
  all: readonly PrincipalRules[],
  { service, prefix, principal = [] }: Pick<KafkaAccessFlags, 'service' | 'prefix' | 'principal'>,
): readonly NamedRules[] => {
  const given = new Map<string, string>();
  for (const word of principal) {
    const at = word.indexOf('=');
    const name = word.slice(0, at);
    const value = word.slice(at + 1);
    if (at < 1 || !value.startsWith('User:') || all.every((one) => one.service !== name))
      throw misuse(`--principal ${word}: <service>=User:<name>, of a service that there is`);
    given.set(name, value);
  }
  return chosen(all, service).map((one) => {
    const user = `${prefix}${one.service}`;
    return { ...one, user, principal: given.get(one.service) ?? `User:${user}` };
  });
};

const commandsText = (all: readonly NamedRules[]): string =>
  all
    .map(({ service, principal, rules }) => {
      const commands = aclCommands(principal, rules);
      const lines = commands.map((command, index) => `# ${rules[index]!.why}\n${command}`);
      return `# ${service}\n${lines.join('\n')}`;
    })
    .join('\n\n');

const withBrokers = async <Result>(work: (acls: AclAdmin) => Promise<Result>): Promise<Result> => {
  const settings = readConfig(config, process.env);
  const acls = createAclAdmin(kafkaConnection(settings, 'millrace-access', silentLogger));
  try {
    return await work(acls);
  } finally {
    await acls.close();
  }
};

/** Missing and surplus, by the text of an entry. */
export const compareEntries = (
  wanted: readonly AclEntry[],
  given: readonly AclEntry[],
): { readonly missing: readonly AclEntry[]; readonly surplus: readonly AclEntry[] } => {
  const has = (list: readonly AclEntry[]) => new Set(list.map(entryText));
  const [wants, gives] = [has(wanted), has(given)];
  return {
    missing: wanted.filter((entry) => !gives.has(entryText(entry))),
    surplus: given.filter((entry) => !wants.has(entryText(entry))),
  };
};

const check = (all: readonly NamedRules[], isJson: boolean): Promise<void> =>
  withBrokers(async (acls) => {
    const wanted = all.flatMap(({ principal, rules }) => entriesOf(principal, rules));
    const given = await acls.entries(all.map(({ principal }) => principal));
    const { missing, surplus } = compareEntries(wanted, given);
    const isSame = missing.length + surplus.length === 0;
    if (!isSame) process.exitCode = 1;
    if (isJson) printJson({ ok: isSame, missing, surplus });
    else if (isSame) print('The brokers give what the services need, and nothing besides.');
    else {
      for (const entry of missing) print(`missing: ${entryText(entry)}`);
      for (const entry of surplus) print(`surplus: ${entryText(entry)}`);
      print(`\n${missing.length} missing, ${surplus.length} surplus`);
    }
  });

const apply = (all: readonly NamedRules[]): Promise<void> =>
  withBrokers(async (acls) => {
    const wanted = all.flatMap(({ principal, rules }) => entriesOf(principal, rules));
    const given = await acls.entries(all.map(({ principal }) => principal));
    const { missing, surplus } = compareEntries(wanted, given);
    await acls.create(missing);
    for (const entry of missing) print(entryText(entry));
    print(`\n${plural(missing.length, 'rule')} given.`);
    for (const entry of surplus) print(`surplus, left: ${entryText(entry)}`);
  });

/** Reads MILLRACE_KAFKA_* for --apply and --check alone. */
export const kafkaAccessCommand = async (flags: KafkaAccessFlags): Promise<void> => {
  const input = await readAccessInput(flags.project, process.env);
  const all = namedRules(kafkaAccess(input), flags);
  if (flags.apply) await apply(all);
  else if (flags.check) await check(all, flags.json ?? false);
  else if (flags.json) printJson({ principals: all });
  else if (flags.strimzi !== undefined) {
    const { strimzi: cluster, authentication } = flags;
    const users = all.map(({ user, rules }) => strimziUser(user, rules, cluster, authentication));
    print(
      users
        .map((user) => stringify(user))
        .join('---\n')
        .trimEnd(),
    );
  } else print(commandsText(all));
};
