/** A change of a contract before it is made: written, uploaded, or an earlier version; and who would notice. Nothing is stored. */
import type { CatalogFiles, CatalogPage, ImpactReport, ImpactRequest } from '@millrace/operations';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type ApiError, ask } from '../api/ask.ts';
import { useApi } from '../api/use-api.ts';
import { Answered } from '../ui/answered.tsx';
import { Blank, Failure, Skeleton } from '../ui/blank.tsx';
import { pathOf, useUrlState } from '../url-state.ts';
import { ImpactEditor, type ProposedTexts } from './impact-editor.tsx';
import { ImpactResult } from './impact-result.tsx';

const textsOf = ({ avsc, odcs }: CatalogFiles): ProposedTexts => ({
  avsc: avsc.text,
  odcs: odcs?.text ?? '',
});

/** Only what differs from what the project has. */
const changedFiles = ({ avsc, odcs }: CatalogFiles, texts: ProposedTexts): ImpactRequest['files'] =>
  [
    { path: avsc.path, before: avsc.text, text: texts.avsc },
    ...(odcs === null ? [] : [{ path: odcs.path, before: odcs.text, text: texts.odcs }]),
  ].flatMap(({ path, before, text }) => (before === text ? [] : [{ path, text }]));

interface ProposalProps {
  readonly page: CatalogPage;
  readonly current: CatalogFiles;
  /** What the proposal begins with. */
  readonly start: CatalogFiles;
  readonly version: string;
  readonly setVersion: (version: string) => void;
}

const Proposal = ({ page, current, start, version, setVersion }: ProposalProps) => {
  const [texts, setTexts] = useState(() => textsOf(start));
  // an earlier version is a proposal by itself; what is written is judged when somebody says so
  const [asked, setAsked] = useState(() => (version === '' ? undefined : textsOf(start)));
  const changed = changedFiles(current, texts);
  const files = asked === undefined ? [] : changedFiles(current, asked);
  const report = useQuery<ImpactReport, ApiError>({
    queryKey: ['/catalog/impact', files],
    queryFn: ({ signal }) =>
      ask('/catalog/impact', { method: 'POST', body: { files } satisfies ImpactRequest, signal }),
    enabled: files.length > 0,
    ...{ retry: false, refetchOnWindowFocus: false },
  });
  const isStale = asked !== undefined && (asked.avsc !== texts.avsc || asked.odcs !== texts.odcs);
  return (
    <>
      <ImpactEditor
        {...{ page, version, setVersion, texts, setTexts }}
        paths={{ avsc: current.avsc.path, odcs: current.odcs?.path ?? '' }}
        changed={changed.map(({ path }) => path)}
        restore={() => {
          setTexts(textsOf(start));
          setAsked(undefined);
        }}
        judge={() => setAsked(texts)}
      />
      {files.length === 0 && (
        <Blank icon="transforms" title="Nothing is proposed yet">
          <p>
            Change the text above, upload files, or begin with an earlier version. What the project
            has stays as it is.
          </p>
        </Blank>
      )}
      {files.length > 0 && report.isPending && <Skeleton lines={6} />}
      {files.length > 0 && report.error !== null && <Failure error={report.error} />}
      {files.length > 0 && report.data !== undefined && (
        <div className="stack">
          {isStale && <p className="muted">Of the text before your last change:</p>}
          <ImpactResult
            report={report.data}
            compatibility={page.compatibility}
            before={current}
            after={asked ?? texts}
          />
        </div>
      )}
    </>
  );
};

export const StreamImpactTab = ({ page }: { page: CatalogPage }) => {
  const [version, setVersion] = useUrlState('version');
  const path = `${pathOf('catalog', page.id)}/files`;
  const current = useApi<CatalogFiles>(path);
  const start = useApi<CatalogFiles>(path, { version });
  return (
    <Answered answer={current} lines={8}>
      {(now) =>
        now.odcs === null ? (
          <Blank icon="lock" title="The platform brings this contract itself">
            <p>It changes with a version of Millrace, and with nothing else.</p>
          </Blank>
        ) : (
          <Answered answer={start} lines={8}>
            {(begin) => (
              <Proposal
                key={version}
                {...{ page, version, setVersion }}
                current={now}
                start={begin}
              />
            )}
          </Answered>
        )
      }
    </Answered>
  );
};
