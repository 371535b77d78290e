/** The colours of the style sheet as a canvas needs them. */

const names = ['text', 'muted', 'line', 'surface', 'bad'] as const;
export type Colors = Readonly<Record<(typeof names)[number], string>> & {
  readonly series: readonly string[];
};

/** Asks an element that has the colour: a custom property itself answers with both, light and dark. */
export const readColors = (): Colors => {
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  const read = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const entries = names.map((name) => [name, read(name)] as const);
  const series = [1, 2, 3, 4, 5].map((number) => read(`series-${number}`));
  probe.remove();
  return { ...(Object.fromEntries(entries) as Record<(typeof names)[number], string>), series };
};
