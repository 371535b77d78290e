/** Where a change is written: the two files of a contract, from the project, from an earlier version, or from the disk of who proposes. */
import type { CatalogPage } from '@millrace/operations';
import { type ChangeEvent, type KeyboardEvent, useState } from 'react';
import { Card } from '../ui/card.tsx';
import { Choice } from '../ui/choice.tsx';
import { Notice } from '../ui/notice.tsx';
import { fileKind, fileRefusal } from './proposed-file.ts';

export interface ProposedTexts {
  readonly avsc: string;
  readonly odcs: string;
}

export interface ImpactEditorProps {
  readonly page: CatalogPage;
  readonly version: string;
  readonly setVersion: (version: string) => void;
  readonly paths: ProposedTexts;
  readonly texts: ProposedTexts;
  readonly setTexts: (texts: ProposedTexts) => void;
  /** Paths of files that differ from the project's. */
  readonly changed: readonly string[];
  readonly restore: () => void;
  readonly judge: () => void;
}

/** Files of a person's own, taken in place of what stands there. */
const Upload = ({
  take,
  refuse,
}: {
  take: (texts: Partial<ProposedTexts>) => void;
  refuse: (why: string) => void;
}) => {
  const read = async ({ target }: ChangeEvent<HTMLInputElement>): Promise<void> => {
    const taken: Partial<Record<keyof ProposedTexts, string>> = {};
    for (const file of target.files ?? []) {
      const why = fileRefusal(file);
      if (why !== undefined) return refuse(why);
      taken[fileKind(file.name)!] = await file.text();
    }
    // the same file may be chosen once more
    target.value = '';
    take(taken);
  };
  return (
    <label className="button upload">
      Upload files…
      <input
        type="file"
        multiple
        accept=".avsc,.json,.yaml,.yml"
        onChange={(event) => void read(event)}
      />
    </label>
  );
};

const Beginning = ({ page, version, setVersion }: ImpactEditorProps) => {
  const versions = page.versions.toSorted((a, b) => b.version - a.version);
  return (
    <label className="row muted">
      Begin with
      <select
        className="input"
        value={version}
        onChange={(event) => setVersion(event.target.value)}
      >
        <option value="">the project’s files</option>
        {versions.map(({ version: number, schemaId }) => (
          <option key={number} value={number}>
            version {number} (schema {schemaId})
          </option>
        ))}
      </select>
    </label>
  );
};

export const ImpactEditor = (props: ImpactEditorProps) => {
  const { paths, texts, setTexts, changed, restore, judge } = props;
  const [shown, setShown] = useState<keyof ProposedTexts>('avsc');
  const [refusal, refuse] = useState<string | undefined>();
  const change = (more: Partial<ProposedTexts>): void => {
    refuse(undefined);
    setTexts({ ...texts, ...more });
  };
  const onKey = (event: KeyboardEvent): void => {
    const isEnter = event.key === 'Enter' && (event.ctrlKey || event.metaKey);
    if (isEnter && changed.length > 0) judge();
  };
  const name = (kind: keyof ProposedTexts, text: string): string =>
    changed.includes(paths[kind]) ? `${text}, changed` : text;
  return (
    <Card
      title="Proposed change"
      aside={
        <Choice
          label="File"
          options={[
            ['avsc', name('avsc', 'Schema')],
            ['odcs', name('odcs', 'Contract')],
          ]}
          value={shown}
          choose={(kind) => setShown(kind as keyof ProposedTexts)}
        />
      }
    >
      <textarea
        className="input sql-editor proposal"
        aria-label={paths[shown]}
        aria-keyshortcuts="Control+Enter"
        spellCheck={false}
        autoCapitalize="off"
        value={texts[shown]}
        onChange={(event) => change({ [shown]: event.target.value })}
        onKeyDown={onKey}
      />
      {refusal !== undefined && <Notice tone="bad">{refusal}</Notice>}
      <div className="sql-foot">
        <button
          type="button"
          className="button primary"
          disabled={changed.length === 0}
          onClick={judge}
        >
          Who would notice?
        </button>
        <span className="muted">
          <kbd>Ctrl</kbd> <kbd>Enter</kbd>
        </span>
        <Beginning {...props} />
        <Upload take={change} refuse={refuse} />
        {changed.length > 0 && (
          <button type="button" className="button plain" onClick={restore}>
            Undo changes
          </button>
        )}
      </div>
    </Card>
  );
};
