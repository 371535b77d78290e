/**
 * Whether the command line takes these words: parsed by the real commands with nothing behind them, so an unknown
 * command, option or argument is found and nothing happens.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';

/** Services by name, as run-service-main.ts has them. */
type Services = Readonly<Record<string, string>>;

/** @param root the repository's root */
export const createCommandLine = (root: string) => {
  const source = join(root, 'packages/cli/src');

  const load = async (name: string): Promise<Command | undefined> => {
    // main.ts says which file makes it: `millrace restore` is in backup/.
    const make = new RegExp(`import\\('\\./([a-z-]+)/command\\.ts'\\)\\)\\.${name}Command\\(`);
    const folder = make.exec(readFileSync(join(source, 'main.ts'), 'utf8'))?.[1];
    if (!/^[a-z-]+$/.test(name) || folder === undefined) return undefined;
    const file = join(source, folder, 'command.ts');
    const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
    const made = Object.entries(module)
      .filter(([key, value]) => key.endsWith('Command') && typeof value === 'function')
      .map(([, make]) => (make as () => unknown)());
    return made.find((one): one is Command => one instanceof Command && one.name() === name);
  };

  const services = async (): Promise<Services> =>
    (
      (await import(pathToFileURL(join(source, 'run-service-main.ts')).href)) as {
        services: Services;
      }
    ).services;

  return {
    /** What is wrong with `millrace <words>`; undefined when it would be carried out. */
    async misuse(words: readonly string[]): Promise<string | undefined> {
      const [name = '', ...rest] = words;
      if (name === '--help' || name === '') return undefined;
      const isService = Object.hasOwn(await services(), name);
      if (isService && (rest.length === 0 || rest[0] === '--help')) return undefined;
      const command = await load(name);
      if (command === undefined) return `there is no command millrace ${name}`;
      silence(command);
      try {
        await command.parseAsync(rest, { from: 'user' });
        return undefined;
      } catch (error) {
        const { code, message } = error as Error & { code?: string };
        if (code === 'commander.help') return `millrace ${words.join(' ')} names no command`;
        return code === 'commander.helpDisplayed' ? undefined : message;
      }
    },

    /** As `misuse`, for a command that is only named: its words and options exist, what it needs besides may be left out. */
    async unknown(words: readonly string[]): Promise<string | undefined> {
      const [name = '', ...rest] = words;
      if (Object.hasOwn(await services(), name) && !/^[a-z]/.test(rest[0] ?? '')) return undefined;
      let command = await load(name);
      if (command === undefined) return `there is no command millrace ${name}`;
      const path = [name];
      for (const word of rest) {
        const at: Command = command;
        if (word.startsWith('-')) {
          const flag = word.split('=')[0] ?? '';
          const places = [at, ...(at.parent === null ? [] : [at.parent]), ...defaultOf(at)];
          const known = places.some(({ options }) =>
            options.some((option) => [option.long, option.short].includes(flag)),
          );
          if (!known && flag !== '--help' && flag !== '-h')
            return `millrace ${path.join(' ')} has no option ${flag}`;
          continue;
        }
        const child: Command | undefined = at.commands.find((one) => one.name() === word);
        if (child !== undefined) {
          command = child;
          path.push(word);
        } else if (
          at.commands.length > 0 &&
          at.registeredArguments.length === 0 &&
          /^[a-z-]+$/.test(word) &&
          defaultOf(at).length === 0
        )
          return `millrace ${path.join(' ')} has no command ${word}`;
      }
      return undefined;
    },
  };
};

/** commander's own notes of a command, which it does not show. */
interface Inside {
  readonly _defaultCommandName: string | null;
  readonly _actionHandler: unknown;
}
const inside = (command: Command): Inside => command as unknown as Inside;

/** `millrace replay flights.departed` is `millrace replay run …`: the command that is meant when none is named. */
const defaultOf = (command: Command): readonly Command[] =>
  command.commands.filter((one) => one.name() === inside(command)._defaultCommandName);

/** Nothing is printed, nothing ends the process, nothing is carried out. */
function silence(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  if (inside(command)._actionHandler !== null) command.action(() => undefined);
  for (const child of command.commands) silence(child);
}
