import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

const listen = `const { stopRequests } = await import(${JSON.stringify(new URL('./stop-requests.ts', import.meta.url).href)});
  const stop = stopRequests();`;
/** Says that it stops, then waits no longer. */
const wait = `const busy = setInterval(() => {}, 1000);
  stop.addEventListener('abort', () => { console.log('stopped'); clearInterval(busy); });
  console.log('listening');`;

const start = (program: string): ChildProcess =>
  spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });

const line = async (child: ChildProcess): Promise<string> => {
  const [data] = await once(child.stdout ?? child, 'data');
  return String(data).trim();
};

test('a program that is done ends although it could still be asked to stop', async () => {
  const [code] = await once(start(listen), 'exit');
  expect(code).toBe(0);
});

test.each([
  ['SIGTERM', (child: ChildProcess) => child.kill('SIGTERM')],
  ['SIGINT', (child: ChildProcess) => child.kill('SIGINT')],
  ['the end of its parent', (child: ChildProcess) => child.disconnect()],
])('%s asks it to stop', async (_, ask) => {
  const child = start(listen + wait);
  expect(await line(child)).toBe('listening');
  const exited = once(child, 'exit');
  ask(child);
  expect(await line(child)).toBe('stopped');
  expect(await exited).toEqual([0, null]);
});
