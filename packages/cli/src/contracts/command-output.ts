/** What the subcommands print, and their shared flags. */
export interface CommonFlags {
  readonly project: string;
  readonly json: boolean;
}

/** One line on standard output. */
export const print = (text: string) => process.stdout.write(`${text}\n`);

/** For `--json`: indented, so that a person can read it too. */
export const printJson = (value: unknown) => print(JSON.stringify(value, null, 2));

/** `1 problem`, `2 problems`. */
export const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
