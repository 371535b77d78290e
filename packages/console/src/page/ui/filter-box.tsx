/** Narrows what is listed, by any part of a text. */

export interface FilterBoxProps {
  readonly label: string;
  readonly value: string;
  readonly change: (value: string) => void;
}

export const FilterBox = ({ label, value, change }: FilterBoxProps) => (
  <input
    className="input"
    type="search"
    aria-label={label}
    placeholder={label}
    value={value}
    onChange={(event) => change(event.target.value)}
  />
);

/** Whether each word of the filter is in one of the texts. */
export const matches = (filter: string, ...texts: readonly (string | null)[]): boolean => {
  const all = texts.join(' ').toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
};
