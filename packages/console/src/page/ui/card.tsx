/** A frame with a heading, and rows of figures. */
import type { ConditionState } from '@millrace/operations';
import { type ReactNode, useId } from 'react';

export interface CardProps {
  readonly title: string;
  /** To the right of the heading. */
  readonly aside?: ReactNode;
  /** With space around what is inside; tables have their own. */
  readonly padded?: boolean;
  readonly children: ReactNode;
}

export const Card = ({ title, aside, padded = false, children }: CardProps) => {
  const id = useId();
  return (
    <section className="card" aria-labelledby={id}>
      <header>
        <h2 id={id} className="grow">
          {title}
        </h2>
        {aside}
      </header>
      {padded ? <div className="inside">{children}</div> : children}
    </section>
  );
};

export interface Figure {
  readonly label: string;
  readonly value: ReactNode;
  readonly note?: ReactNode;
  readonly condition?: ConditionState;
}

export const Figures = ({ figures }: { figures: readonly Figure[] }) => (
  <dl className="figures">
    {figures.map(({ label, value, note, condition }) => (
      <div key={label}>
        <dt>{label}</dt>
        <dd data-condition={condition}>
          {value}
          {note !== undefined && <small>{note}</small>}
        </dd>
      </div>
    ))}
  </dl>
);

/** Names and what they are, one a line. */
export const Facts = ({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) => (
  <dl className="facts">
    {facts.map(([name, value]) => (
      <div key={name} style={{ display: 'contents' }}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);
