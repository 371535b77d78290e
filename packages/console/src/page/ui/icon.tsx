/** The console's pictures: lines on a grid of 16, drawn here so that no font and no set has to be loaded. */

const paths = {
  flow: 'M2 4h4l4 8h4M2 12h4l1.2-2.4M10 4h4M8.8 6.4 10 4',
  streams:
    'M2 4c2-1.6 4 1.6 6 0s4 1.6 6 0M2 8c2-1.6 4 1.6 6 0s4 1.6 6 0M2 12c2-1.6 4 1.6 6 0s4 1.6 6 0',
  lag: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11ZM8 5v3.2l2.2 1.4',
  quality: 'M8 2 3 4v4c0 3 2 5 5 6 3-1 5-3 5-6V4L8 2ZM5.8 8l1.6 1.7 3-3.4',
  dead: 'M2.5 4.5h11v8h-11zM2.5 5l5.5 4 5.5-4M6 2.2h4',
  captures:
    'M3 4c0-1.2 2.2-2 5-2s5 .8 5 2-2.2 2-5 2-5-.8-5-2Zm0 0v8c0 1.2 2.2 2 5 2s5-.8 5-2V4M3 8c0 1.2 2.2 2 5 2s5-.8 5-2',
  transforms: 'M2 4h3v3H2zM11 2h3v3h-3zM11 11h3v3h-3zM5 5.5h2.5v-2H11M7.5 5.5v7H11',
  tables: 'M2.5 3h11v10h-11zM2.5 6.2h11M2.5 9.6h11M6.3 6.2V13',
  sql: 'M2.5 3h11v10h-11zM5 6.5 7 8.2 5 10M8.5 10.2h2.8',
  map: 'M2.5 4 6 2.7l4 1.6 3.5-1.3v9L10 13.3l-4-1.6L2.5 13V4ZM6 2.7v9M10 4.3v9',
  alerts: 'M4 7a4 4 0 0 1 8 0c0 3 1.2 3.6 1.2 4.5H2.8C2.8 10.6 4 10 4 7ZM6.6 13.5h2.8',
  audit: 'M4 2h6l2.5 2.5V14H4zM6 6.5h4.5M6 9h4.5M6 11.5h2.5',
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9ZM10.3 10.3 14 14',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  close: 'M4 4l8 8M12 4l-8 8',
  ok: 'M3.5 8.5 6.5 11.5 12.5 5',
  warn: 'M8 2.5 14 13H2L8 2.5ZM8 6.5v3M8 11.2v.3',
  bad: 'M5.2 2.2h5.6l3 3v5.6l-3 3H5.2l-3-3V5.2zM6 6l4 4M10 6l-4 4',
  unknown: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11ZM5.8 8h4.4',
  up: 'M4 10l4-4 4 4',
  down: 'M4 6l4 4 4-4',
  away: 'M3 3l10 10M5 6.6A4 4 0 0 0 4.6 12H11M7 4.2A4 4 0 0 1 12 8c1.2.2 2 1 2 2 0 .6-.3 1.1-.7 1.5',
  lock: 'M3.5 7h9v6.5h-9zM5.5 7V5a2.5 2.5 0 0 1 5 0v2',
} as const;

export type IconName = keyof typeof paths;

/** Hidden from those who listen: the words beside it say the same. */
export const Icon = ({ name, size = 16 }: { name: IconName; size?: number }) => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    strokeWidth={1.5}
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    <path d={paths[name]} />
  </svg>
);
