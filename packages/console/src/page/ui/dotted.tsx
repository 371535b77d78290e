/** A name of several words, as topics have: where it does not fit into a line, it is broken behind a dot or a low line, not within a word. */
import { Fragment } from 'react';

export const Dotted = ({ name }: { name: string }) =>
  name.split(/(?<=[._])/).map((word, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the same word may be there twice, and none ever moves
    <Fragment key={index}>
      {word}
      <wbr />
    </Fragment>
  ));
