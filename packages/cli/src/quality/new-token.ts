/** `millrace quality token new`: a token for people and programs that ask the quality service. It is printed once and kept nowhere. */
import { hashKeyToken, MillraceError, mintOperationsToken, newKeyId } from '@millrace/contracts';
import { type Role, roles } from '@millrace/operations';
import { Command, InvalidArgumentError, Option } from 'commander';
import { print, printJson } from '../contracts/command-output.ts';

export interface NewToken {
  readonly token: string;
  /** As it stands in MILLRACE_QUALITY_TOKENS_FILE. */
  readonly entry: {
    readonly id: string;
    readonly name: string;
    readonly role: Role;
    readonly sha256: string;
    readonly notAfter?: string;
  };
}

/** Throws `config.invalid` for a name that the file does not take. */
export const newToken = (name: string, role: Role, notAfter: string | undefined): NewToken => {
  if (name.trim() === '' || name.length > 200)
    throw new MillraceError('config.invalid', 'A name has 1 to 200 characters.');
  const id = newKeyId();
  const token = mintOperationsToken(id);
  const sha256 = hashKeyToken(token).toString('hex');
  return { token, entry: { id, name, role, sha256, ...(notAfter !== undefined && { notAfter }) } };
};

const parseMoment = (text: string): string => {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const ms = days === undefined ? Date.parse(text) : Date.now() + Number(days) * 86_400_000;
  if (Number.isNaN(ms)) throw new InvalidArgumentError('Give 90d, or 2027-01-01T00:00:00Z.');
  return new Date(ms).toISOString();
};

interface Flags {
  readonly name: string;
  readonly role: Role;
  readonly expires?: string;
  readonly json?: boolean;
}

const run = ({ name, role, expires, json }: Flags): void => {
  const { token, entry } = newToken(name, role, expires);
  if (json) printJson({ token, ...entry });
  else {
    print(`${token}\n`);
    print('This is shown once. Its line below `tokens:` in MILLRACE_QUALITY_TOKENS_FILE:\n');
    print(`  - ${JSON.stringify(entry)}`);
  }
};

export const tokenCommand = (): Command =>
  new Command('token')
    .description('who may ask the service')
    .addCommand(
      new Command('new')
        .description('make a token; it is printed once, with its line for the file of tokens')
        .requiredOption('--name <name>', 'whose it is; stands in the audit')
        .addOption(
          new Option('--role <role>', 'what it may').choices(roles).makeOptionMandatory(true),
        )
        .option('--expires <when>', 'holds until then: a moment, or 90d from now', parseMoment)
        .option('--json', 'print JSON')
        .action(run),
    );
