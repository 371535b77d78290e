/** `MILLRACE_STREAM_TRANSFORM_AGAIN`: which letters of `dead.stream-transform` are meant. */
import { MillraceError } from '@millrace/contracts';

export interface LetterPlace {
  readonly partition: number;
  readonly offset: number;
}

/** Entries are `partition:offset+offset+…`. Throws `config.invalid` for other text. */
export const parsePlaces = (entries: readonly string[]): readonly LetterPlace[] =>
  entries.flatMap((text) => {
    const match = /^(\d{1,9}):(\d{1,15}(?:\+\d{1,15})*)$/.exec(text);
    if (match === null)
      throw new MillraceError('config.invalid', `'${text}' is no partition:offset+offset`);
    const partition = Number(match[1]);
    return match[2]!.split('+').map((offset) => ({ partition, offset: Number(offset) }));
  });
