/** `millrace top`: how the platform is, live. On a terminal it is drawn in place; elsewhere it is text, or a line of JSON, every time. */
import { systemClock } from '@millrace/pipeline';
import { setting } from '@millrace/runtime';
import { Command, InvalidArgumentError } from 'commander';
import { print } from '../contracts/command-output.ts';
import { connectQuality, qualityAddressHelp } from '../operations/connect-quality.ts';
import { failureOf, readTop, type TopSight } from './read-top.ts';
import { openScreen } from './screen.ts';
import { topLines } from './top-text.ts';

interface Flags {
  readonly json?: boolean;
  readonly once?: boolean;
  readonly every: number;
}

const address = () => process.env['MILLRACE_QUALITY_URL'] || 'http://127.0.0.1:8090';
const paper = { columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY };

const top = async (flags: Flags): Promise<void> => {
  const client = connectQuality(Math.max(5000, flags.every));
  const read = () => readTop(client, Date.now());
  const say = (sight: TopSight): void => {
    if (flags.json) print(JSON.stringify(sight));
    else print(`${topLines(sight, address(), paper).join('\n')}\n`);
  };
  if (flags.once) {
    const sight = await read();
    say(sight);
    if (failureOf(sight) !== undefined) process.exitCode = 1;
    return;
  }
  const ending = new AbortController();
  const end = () => ending.abort();
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  // Nobody reads on: `millrace top | head`.
  process.stdout.on('error', end);
  const isLive = process.stdout.isTTY && flags.json !== true;
  await (isLive ? drawUntil(ending, read, flags.every) : sayUntil(ending, read, flags.every, say));
};

const sayUntil = async (
  { signal }: AbortController,
  read: () => Promise<TopSight>,
  everyMs: number,
  say: (sight: TopSight) => void,
): Promise<void> => {
  while (!signal.aborted) {
    say(await read());
    await systemClock.sleep(everyMs, signal).catch(() => undefined);
  }
};

const drawUntil = async (
  ending: AbortController,
  read: () => Promise<TopSight>,
  everyMs: number,
): Promise<void> => {
  const { signal } = ending;
  let sight: TopSight | undefined;
  const draw = (): void => {
    if (sight !== undefined && !signal.aborted)
      screen.draw(topLines(sight, address(), screen.size, screen.paint));
  };
  const screen = openScreen({
    ...{ input: process.stdin, output: process.stdout },
    ...{ onResize: draw, onEnd: () => ending.abort() },
  });
  const ended = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  try {
    while (!signal.aborted) {
      sight = (await Promise.race([read(), ended])) ?? sight;
      draw();
      await systemClock.sleep(everyMs, signal).catch(() => undefined);
    }
  } finally {
    screen.close();
  }
};

const durations = setting.duration({ env: 'every', default: 2000, min: 200, description: '' });

const parseEvery = (text: string): number => {
  const parsed = durations.parse(text);
  if (parsed.ok) return parsed.value;
  throw new InvalidArgumentError(`It ${parsed.problem}.`);
};

export const topCommand = (): Command =>
  new Command('top')
    .description('streams, groups and alerts, live; q ends it')
    .option('--once', 'say it once; exit code 1 when the service does not answer')
    .option('--json', 'a line of JSON every time')
    .option('--every <duration>', 'how often', parseEvery, 2000)
    .addHelpText('after', qualityAddressHelp)
    .action(top);
