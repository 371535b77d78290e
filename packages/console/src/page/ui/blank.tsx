/** What is shown where nothing can be: nothing there yet, not known, not allowed, nobody answers. */
import type { ReactNode } from 'react';
import type { ApiError } from '../api/ask.ts';
import { Icon, type IconName } from './icon.tsx';

export interface BlankProps {
  readonly icon?: IconName;
  readonly title: string;
  readonly children?: ReactNode;
}

export const Blank = ({ icon = 'unknown', title, children }: BlankProps) => (
  <div className="blank">
    <Icon name={icon} size={28} />
    <h2>{title}</h2>
    {children}
  </div>
);

/** Lines that stand for an answer on its way. */
export const Skeleton = ({ lines = 5 }: { lines?: number }) => (
  <div className="skeleton" role="status" aria-label="Loading">
    {Array.from({ length: lines }, (_, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name and never move
      <span key={index} style={{ width: `${92 - ((index * 17) % 45)}%` }} />
    ))}
  </div>
);

interface Explanation {
  readonly icon: IconName;
  readonly title: string;
  readonly remedy: string;
}

const explain = ({ status, code }: ApiError): Explanation => {
  if (status === 0)
    return {
      icon: 'away',
      title: 'The quality service does not answer',
      remedy: 'Data keeps flowing without it. This page goes on by itself when it is back.',
    };
  if (status === 403)
    return {
      icon: 'lock',
      title: 'Your role may not see this',
      remedy: 'An admin of this installation can give you another role.',
    };
  if (status === 404)
    return {
      icon: 'unknown',
      title: 'There is nothing here',
      remedy: 'It may have been removed, or the name has a mistake.',
    };
  if (status === 503)
    return {
      icon: 'away',
      title: 'Not known right now',
      remedy: 'What the service has to ask is away; it tries again by itself.',
    };
  return {
    icon: 'bad',
    title: 'The service could not answer',
    remedy: `docs/reference/errors.md explains ${code}.`,
  };
};

/** An error in words: what it means, what to do, and the service's own message. */
export const Failure = ({ error }: { error: ApiError }) => {
  const { icon, title, remedy } = explain(error);
  return (
    <Blank icon={icon} title={title}>
      <p>{remedy}</p>
      {error.status !== 0 && (
        <p className="mono">
          {error.code}: {error.message}
        </p>
      )}
    </Blank>
  );
};
