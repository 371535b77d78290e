/** What the capture calls its slot and its publication in PostgreSQL: services and the command line ask for it by this name. */

/** `millrace_<source>`, within PostgreSQL's 63 characters. */
export const slotNameOf = (source: string): string =>
  `millrace_${source.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')}`.slice(0, 63);
