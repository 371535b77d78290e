/** Ctrl K: everything that has a name, by any part of it. Arrows choose, Enter goes there. */
import type { CatalogList, LagReport, TableReport, TransformReport } from '@millrace/operations';
import { type KeyboardEvent, useId, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { useApi } from './api/use-api.ts';
import { viewGroups } from './navigation.ts';
import { Dialog } from './ui/dialog.tsx';
import { matches } from './ui/filter-box.tsx';
import { pathOf } from './url-state.ts';

interface Found {
  readonly href: string;
  readonly title: string;
  readonly kind: string;
  readonly note: string;
}

const shownMax = 12;

/** What is found by its name here, and streams by whatever the catalog knows of them. */
const useFound = (text: string): readonly Found[] => {
  const groups = useApi<LagReport>('/lag');
  const tables = useApi<TableReport>('/tables');
  const transforms = useApi<TransformReport>('/transforms');
  const streams = useApi<CatalogList>('/catalog', { q: text }, { keep: true });
  return useMemo(() => {
    const views: Found[] = viewGroups
      .flatMap(({ views }) => views)
      .map(({ path, title }) => ({ href: path, title, kind: 'View', note: '' }));
    const named: Found[] = [
      ...views,
      ...(groups.data?.groups ?? []).map(({ group, service }) => ({
        ...{ href: pathOf('lag', group), title: group, kind: 'Group', note: service ?? '' },
      })),
      ...(tables.data?.tables ?? []).map(({ table, engine }) => ({
        ...{ href: `/tables?q=${encodeURIComponent(table)}`, title: table, kind: 'Table' },
        note: engine,
      })),
      ...(transforms.data?.transforms ?? []).map(({ name, inputs }) => ({
        ...{ href: pathOf('transforms', name), title: name, kind: 'Transform' },
        note: inputs.join(', '),
      })),
    ];
    const found: Found[] = (streams.data?.entries ?? []).map(({ id, title, description }) => ({
      ...{
        href: pathOf('streams', id),
        title: title ?? id,
        kind: 'Stream',
        note: description || id,
      },
    }));
    const here = named.filter(({ title, note }) => matches(text, title, note));
    return (text === '' ? [...here, ...found] : [...found, ...here]).slice(0, shownMax);
  }, [text, groups.data, tables.data, transforms.data, streams.data]);
};

export const Search = ({ close }: { close: () => void }) => {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const [, go] = useLocation();
  const id = useId();
  const found = useFound(text.trim());
  const open = (one: Found | undefined): void => {
    if (one === undefined) return;
    close();
    go(one.href);
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      setChosen((chosen + step + found.length) % found.length);
    }
    if (event.key === 'Enter') open(found[chosen]);
  };
  return (
    <Dialog title="Search" close={close}>
      <input
        className="input"
        role="combobox"
        aria-label="Search for streams, groups, tables, transforms and views"
        aria-expanded={found.length > 0}
        aria-controls={id}
        aria-activedescendant={found.length > 0 ? `${id}-${chosen}` : undefined}
        placeholder="Streams, fields, groups, tables, views"
        value={text}
        autoFocus
        onChange={(event) => {
          setText(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKey}
      />
      <div className="found" id={id} role="listbox" aria-label="Found">
        {found.map((one, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the field above, as the pattern of a combobox has it
          <div
            key={one.kind + one.href}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onClick={() => open(one)}
            onMouseMove={() => setChosen(index)}
          >
            <span className="strong">{one.title}</span>
            <span className="muted found-note">{one.note}</span>
            <span className="tag">{one.kind}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="muted">Nothing has this in its name.</p>}
    </Dialog>
  );
};
