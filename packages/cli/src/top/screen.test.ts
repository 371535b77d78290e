import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { openScreen, type ScreenOptions } from './screen.ts';

const setUp = () => {
  const said: string[] = [];
  const raw: boolean[] = [];
  const input = Object.assign(new EventEmitter(), {
    ...{ isTTY: true, resume: () => undefined, pause: () => undefined },
    setRawMode: (mode: boolean) => raw.push(mode),
  });
  const output = Object.assign(new EventEmitter(), {
    ...{ columns: 80, rows: 24, hasColors: () => true, write: (text: string) => said.push(text) },
  });
  const seen = { resized: 0, ended: 0 };
  const screen = openScreen({
    ...({ input, output } as unknown as ScreenOptions),
    onResize: () => {
      seen.resized += 1;
    },
    onEnd: () => {
      seen.ended += 1;
    },
  });
  return { screen, input, output, said, raw, seen };
};

test('it draws in place on a screen of its own, and gives the terminal back as it was', () => {
  const { screen, said, raw } = setUp();
  screen.draw(['a', 'b']);
  screen.close();
  expect(said).toEqual([
    '\x1b[?1049h\x1b[?25l',
    '\x1b[Ha\x1b[K\r\nb\x1b[K\x1b[J',
    '\x1b[?25h\x1b[?1049l',
  ]);
  expect(raw).toEqual([true, false]);
});

test('q, Ctrl-C and a terminal that goes away end it; another size draws it anew', () => {
  const { screen, input, output, seen } = setUp();
  input.emit('data', Buffer.from('x'));
  expect(seen.ended).toBe(0);
  for (const key of ['q', '\x03']) input.emit('data', Buffer.from(key));
  output.emit('error', new Error('EPIPE'));
  expect(seen.ended).toBe(3);
  output.columns = 100;
  output.emit('resize');
  expect(seen.resized).toBe(1);
  expect(screen.size).toEqual({ columns: 100, rows: 24 });
  expect(screen.paint('bad', 'x')).toBe('\x1b[31mx\x1b[0m');
  screen.close();
  input.emit('data', Buffer.from('q'));
  expect(seen.ended).toBe(3);
});
