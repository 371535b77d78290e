/** `millrace stack logs`: the last lines of the parts' log files, and what is added to them. */
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MillraceError } from '@millrace/contracts';
import { readerLeft } from '@millrace/runtime/outlive-reader';
import { stackParts } from '@millrace/stack';

const pollIntervalMs = 200;

interface LogFile {
  readonly part: string;
  readonly path: string;
}

function logFiles(dataDir: string, part: string | undefined): LogFile[] {
  const wanted = stackParts.filter((name) => part === undefined || name === part);
  if (wanted.length === 0)
    throw new MillraceError(
      'config.invalid',
      `There is no part "${part}"; the parts are ${stackParts.join(', ')}.`,
    );
  return wanted.map((name) => ({ part: name, path: join(dataDir, 'log', `${name}.log`) }));
}

/** Bytes from an offset to the end; from the beginning when the file has become shorter (rotated). */
function readFrom(path: string, offset: number): { text: string; end: number } {
  if (!existsSync(path)) return { text: '', end: 0 };
  const { size } = statSync(path);
  const from = size < offset ? 0 : offset;
  const buffer = Buffer.alloc(size - from);
  const fd = openSync(path, 'r');
  readSync(fd, buffer, 0, buffer.length, from);
  closeSync(fd);
  return { text: buffer.toString('utf8'), end: size };
}

export async function showLogs(
  part: string | undefined,
  options: { dataDir: string; follow?: boolean; lines: string },
): Promise<void> {
  const files = logFiles(resolve(options.dataDir), part);
  const count = Number(options.lines);
  const width = Math.max(...files.map((file) => file.part.length));
  const print = (file: LogFile, text: string) => {
    const prefix = files.length > 1 ? `${file.part.padEnd(width)}  ` : '';
    for (const line of text.split('\n'))
      if (line !== '') process.stdout.write(`${prefix}${line}\n`);
  };
  const ends = new Map<string, number>();
  for (const file of files) {
    const text = existsSync(file.path) ? readFileSync(file.path, 'utf8') : '';
    const lines = text.split('\n').filter((line) => line !== '');
    print(file, lines.slice(lines.length - Math.min(count, lines.length)).join('\n'));
    ends.set(file.path, Buffer.byteLength(text));
  }
  while (options.follow && !readerLeft.aborted) {
    await new Promise((wake) => setTimeout(wake, pollIntervalMs));
    for (const file of files) {
      const { text, end } = readFrom(file.path, ends.get(file.path) ?? 0);
      ends.set(file.path, end);
      print(file, text);
    }
  }
}
