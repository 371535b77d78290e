/** The difference of two texts: lines that went and came are marked by a sign, by colour as well, and told to those who listen. */
import { type DiffBlock, diffLines } from '../format/diff-lines.ts';

const marks = {
  same: { sign: ' ', Line: 'span' },
  gone: { sign: '−', Line: 'del' },
  new: { sign: '+', Line: 'ins' },
} as const;

const Block = ({ block }: { block: DiffBlock }) => (
  <pre>
    {block.lines.map(({ kind, text }, index) => {
      const { sign, Line } = marks[kind];
      return (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name and never move
        <Line key={index}>
          <span aria-hidden="true">{sign} </span>
          {text}
          {'\n'}
        </Line>
      );
    })}
  </pre>
);

export interface TextDiffProps {
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

export const TextDiff = ({ label, before, after }: TextDiffProps) => {
  const blocks = diffLines(before, after);
  if (blocks.length === 0) return <p className="muted">No line differs in what it says.</p>;
  return (
    <div className="code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <section className="text-diff" tabIndex={0} aria-label={label}>
        {blocks.map((block) => (
          <div key={block.fromLine}>
            <small>from line {block.fromLine}</small>
            <Block block={block} />
          </div>
        ))}
      </section>
    </div>
  );
};
