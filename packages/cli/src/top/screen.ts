/**
 * A terminal that is drawn anew in place, on its second screen, so that what stood there before comes back. Ends by q, Ctrl-C,
 * a signal, or when the terminal goes away. What is drawn is top-text.ts.
 */
import type { ReadStream, WriteStream } from 'node:tty';
import type { ConditionState } from '@millrace/operations';
import { type Paint, plain, type TopSize } from './top-text.ts';

export interface Screen {
  readonly size: TopSize;
  readonly paint: Paint;
  draw(lines: readonly string[]): void;
  /** Gives the terminal back as it was. */
  close(): void;
}

export interface ScreenOptions {
  readonly input: Pick<ReadStream, 'on' | 'off' | 'resume' | 'pause' | 'setRawMode' | 'isTTY'>;
  readonly output: Pick<WriteStream, 'on' | 'off' | 'write' | 'columns' | 'rows' | 'hasColors'>;
  /** It is another size now. */
  onResize(): void;
  /** Who looks at it wants it to end. */
  onEnd(): void;
}

const colours: Readonly<Record<ConditionState, string>> = {
  ...{ bad: '\x1b[31m', warn: '\x1b[33m', unknown: '\x1b[2m', ok: '' },
};
const paintAnsi: Paint = (condition, text) =>
  colours[condition] === '' ? text : `${colours[condition]}${text}\x1b[0m`;

const enter = '\x1b[?1049h\x1b[?25l';
const leave = '\x1b[?25h\x1b[?1049l';
const home = '\x1b[H';
const restOfLine = '\x1b[K';
const restOfScreen = '\x1b[J';

/** Q, Ctrl-C, Ctrl-D, and the escape key alone. */
const endKeys = new Set(['q', 'Q', '\x03', '\x04', '\x1b']);

export const openScreen = (options: ScreenOptions): Screen => {
  const { input, output, onResize, onEnd } = options;
  const onKey = (data: Buffer | string): void => {
    if (endKeys.has(data.toString())) onEnd();
  };
  // The terminal went away: nothing can be drawn any more.
  const onError = (): void => onEnd();
  if (input.isTTY) input.setRawMode(true);
  input.on('data', onKey);
  input.resume();
  output.on('resize', onResize);
  output.on('error', onError);
  output.write(enter);
  return {
    get size() {
      return { columns: output.columns, rows: output.rows };
    },
    paint: output.hasColors() ? paintAnsi : plain,
    draw: (lines) => {
      const text = lines.map((line) => line + restOfLine).join('\r\n');
      output.write(`${home}${text}${restOfScreen}`);
    },
    close: () => {
      input.off('data', onKey);
      output.off('resize', onResize);
      if (input.isTTY) input.setRawMode(false);
      input.pause();
      output.write(leave);
    },
  };
};
