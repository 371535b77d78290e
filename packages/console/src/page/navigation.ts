/** The console's views: where each lies, what it is called, who may see it. */
import type { Role } from '@millrace/operations';
import type { IconName } from './ui/icon.tsx';

export interface View {
  readonly path: string;
  readonly title: string;
  readonly icon: IconName;
  readonly role: Role;
}

export interface ViewGroup {
  readonly title: string;
  readonly views: readonly View[];
}

export const viewGroups: readonly ViewGroup[] = [
  {
    title: 'Now',
    views: [
      { path: '/', title: 'Flow', icon: 'flow', role: 'viewer' },
      { path: '/alerts', title: 'Alerts', icon: 'alerts', role: 'viewer' },
      { path: '/lag', title: 'Lag', icon: 'lag', role: 'viewer' },
      { path: '/dead', title: 'Dead letters', icon: 'dead', role: 'viewer' },
    ],
  },
  {
    title: 'Data',
    views: [
      { path: '/streams', title: 'Streams', icon: 'streams', role: 'viewer' },
      { path: '/quality', title: 'Quality', icon: 'quality', role: 'viewer' },
      { path: '/tables', title: 'Tables', icon: 'tables', role: 'viewer' },
      { path: '/sql', title: 'SQL', icon: 'sql', role: 'viewer' },
      { path: '/flights', title: 'Flights map', icon: 'map', role: 'viewer' },
    ],
  },
  {
    title: 'Machinery',
    views: [
      { path: '/captures', title: 'Captures', icon: 'captures', role: 'viewer' },
      { path: '/transforms', title: 'Transforms', icon: 'transforms', role: 'viewer' },
      { path: '/audit', title: 'Audit', icon: 'audit', role: 'viewer' },
    ],
  },
];
