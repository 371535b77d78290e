/**
 * Holds `docker …` against what it names, where there is no Docker to type it to: options that these commands have, services and
 * profiles of docker-compose.yml, arguments of the Dockerfile, folders that are mounted, and what `millrace` is to do inside.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** What is wrong with the words behind `millrace`; undefined when it would be carried out. */
export type Misuse = (words: readonly string[]) => Promise<string | undefined>;

interface Read {
  /** Values by option, in order; of options without one the empty text. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly rest: readonly string[];
}

/** Options by command, those with a value with `=` behind them. */
const commands: Readonly<Record<string, readonly string[]>> = {
  compose: ['--profile=', '--file=', '--project-name='],
  'compose up': ['--detach', '--wait', '--build'],
  'compose down': ['--volumes', '--timeout='],
  'compose run': ['--rm'],
  'compose exec': [],
  build: ['--tag=', '--build-arg=', '--platform=', '--secret='],
  run: [
    ...['--rm', '--read-only', '--tmpfs=', '--cap-drop=', '--security-opt=', '--volume=', '--env='],
    '--entrypoint=',
  ],
  push: [],
};

/** Options up to the first word that is none. Throws with what is unknown. */
function readOptions(command: string, words: readonly string[]): Read {
  const known = commands[command];
  if (known === undefined) throw new Error(`docker ${command} is no command that pages may name`);
  const options = new Map<string, readonly string[]>();
  let at = 0;
  for (; words[at]?.startsWith('-'); at += 1) {
    const [name = '', given] = words[at]?.split(/=(.*)/s) ?? [];
    const hasValue = known.includes(`${name}=`);
    if (!hasValue && !known.includes(name))
      throw new Error(`docker ${command} has no option ${name}`);
    if (hasValue && given === undefined) at += 1;
    options.set(name, [...(options.get(name) ?? []), given ?? (hasValue ? (words[at] ?? '') : '')]);
  }
  return { options, rest: words.slice(at) };
}

/** What is wrong with `docker <words>`; undefined when nothing is seen. @param root the repository's root */
export async function dockerMisuse(
  words: readonly string[],
  root: string,
  millrace: Misuse,
): Promise<string | undefined> {
  const [command = '', ...rest] = words[0] === 'buildx' ? words.slice(1) : words;
  try {
    if (command === 'compose') return await checkCompose(rest, root, millrace);
    const { options, rest: named } = readOptions(command, rest);
    if (command === 'build') return checkBuild(options, named, root);
    const [image = '', ...inside] = named;
    const mounted = (options.get('--volume') ?? []).map((each) => each.split(':')[0] ?? '');
    const missing = mounted.find((path) => !existsSync(join(root, path)));
    if (missing !== undefined) return `${missing} does not exist`;
    const isOurs = command === 'run' && !options.has('--entrypoint');
    return checkImage(image, root) ?? (isOurs ? await millrace(inside) : undefined);
  } catch (error) {
    return (error as Error).message;
  }
}

interface ComposeFile {
  readonly services: Readonly<
    Record<string, { readonly profiles?: readonly string[]; readonly image: string }>
  >;
}

const composeFile = (root: string): ComposeFile =>
  parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as ComposeFile;

async function checkCompose(
  words: readonly string[],
  root: string,
  millrace: Misuse,
): Promise<string | undefined> {
  const { services } = composeFile(root);
  const { options, rest } = readOptions('compose', words);
  const profiles = new Set([
    '*',
    ...Object.values(services).flatMap((each) => each.profiles ?? []),
  ]);
  const unknown = (options.get('--profile') ?? []).find((profile) => !profiles.has(profile));
  if (unknown !== undefined) return `docker-compose.yml has no profile ${unknown}`;
  const [command = '', ...more] = rest;
  const { rest: named } = readOptions(`compose ${command}`, more);
  const [service, ...inside] = named;
  if (service === undefined) return undefined;
  if (services[service] === undefined) return `docker-compose.yml has no service ${service}`;
  if (command === 'exec')
    return inside[0] === 'millrace'
      ? millrace(inside.slice(1))
      : `${inside[0]} is no program of the image that pages may name`;
  return command === 'run' && inside.length > 0 ? millrace(inside) : undefined;
}

function checkBuild(
  options: Read['options'],
  folders: readonly string[],
  root: string,
): string | undefined {
  const file = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const names = (options.get('--build-arg') ?? []).map((each) => each.split('=')[0] ?? '');
  const unknown = names.find((name) => !new RegExp(`^ARG ${name}\\b`, 'm').test(file));
  if (unknown !== undefined) return `the Dockerfile has no argument ${unknown}`;
  if (folders.join(' ') !== '.') return 'the image is built of one folder, the repository';
  return (options.get('--tag') ?? []).map((tag) => checkImage(tag, root)).find(Boolean);
}

/** The image of docker-compose.yml, at some version. */
function checkImage(image: string, root: string): string | undefined {
  const ours = composeFile(root).services['sink']?.image.replace(/:[^/]*$/, '');
  return new RegExp(`^${ours}:\\d+\\.\\d+\\.\\d+$`).test(image)
    ? undefined
    : `${image} is not ${ours} at a version`;
}
