/** A sentence that must be noticed. */
import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

const icons = { warn: 'warn', bad: 'bad', ok: 'ok', info: 'unknown' } as const satisfies Record<
  string,
  IconName
>;

export interface NoticeProps {
  readonly tone: keyof typeof icons;
  readonly children: ReactNode;
}

export const Notice = ({ tone, children }: NoticeProps) => (
  <div className="notice" data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
    <Icon name={icons[tone]} />
    <div>{children}</div>
  </div>
);
