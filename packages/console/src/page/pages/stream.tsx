/** One stream: whether it keeps its promise, what it holds, where it comes from and goes to, how to read it. */
import type { CatalogPage, HealthReport, StreamHealth } from '@millrace/operations';
import { Link, useParams } from 'wouter';
import { every, useApi } from '../api/use-api.ts';
import { Answered } from '../ui/answered.tsx';
import { Condition } from '../ui/condition.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { type Tab, Tabs } from '../ui/tabs.tsx';
import { pathOf, useUrlState } from '../url-state.ts';
import { StreamHealthTab } from './stream-health.tsx';
import { StreamImpactTab } from './stream-impact.tsx';
import { StreamLineageTab } from './stream-lineage.tsx';
import { StreamQualityTab } from './stream-quality.tsx';
import { StreamSampleTab } from './stream-sample.tsx';
import { StreamSchemaTab } from './stream-schema.tsx';
import { StreamSettingsTab } from './stream-settings.tsx';
import { StreamUseTab } from './stream-use.tsx';

const tabsOf = (page: CatalogPage, health: StreamHealth | undefined): readonly Tab[] => [
  {
    id: 'health',
    label: 'Health',
    content: () => <StreamHealthTab page={page} health={health} />,
  },
  { id: 'schema', label: 'Schema', content: () => <StreamSchemaTab page={page} /> },
  { id: 'impact', label: 'Impact', content: () => <StreamImpactTab page={page} /> },
  { id: 'lineage', label: 'Lineage', content: () => <StreamLineageTab page={page} /> },
  { id: 'quality', label: 'Quality', content: () => <StreamQualityTab contract={page.id} /> },
  { id: 'sample', label: 'Sample', content: () => <StreamSampleTab contract={page.id} /> },
  { id: 'use', label: 'How to use', content: () => <StreamUseTab page={page} /> },
  { id: 'settings', label: 'Settings', content: () => <StreamSettingsTab page={page} /> },
];

const Ending = ({ ending }: { ending: NonNullable<CatalogPage['ending']> }) => (
  <Notice tone="warn">
    This stream ends{ending.ends !== null && ` on ${ending.ends}`}
    {ending.supportEnds !== null && `; it is supported until ${ending.supportEnds}`}
    {ending.replacedBy !== null && (
      <>
        ; its successor is{' '}
        <Link href={pathOf('streams', ending.replacedBy)}>{ending.replacedBy}</Link>
      </>
    )}
    .
  </Notice>
);

const StreamPage = () => {
  const { id = '' } = useParams<{ id: string }>();
  const page = useApi<CatalogPage>(pathOf('catalog', id), {}, { everyMs: every.slow });
  const health = useApi<HealthReport>('/streams', {}, { everyMs: every.calm });
  const [tab, setTab] = useUrlState('tab', 'health');
  const own = health.data?.streams.find(({ contract }) => contract === id);
  return (
    <Page
      title={page.data?.title ?? id}
      lead={page.data?.description}
      crumbs={<Link href="/streams">Streams</Link>}
      live={health}
    >
      <Answered answer={page} lines={8}>
        {(data) => (
          <>
            <div className="row wrap">
              <Condition state={own?.condition ?? data.condition} />
              <span className="tag mono">{data.id}</span>
              <span className="tag">version {data.version}</span>
              {data.status !== 'active' && <span className="tag">{data.status}</span>}
              <span className="tag">{data.role ?? data.source}</span>
              <span className="tag">{data.classification}</span>
              {data.tags.map((tag) => (
                <span key={tag} className="tag">
                  {tag}
                </span>
              ))}
              <span className="muted">owned by {data.owner}</span>
            </div>
            {data.ending !== null && <Ending ending={data.ending} />}
            {own?.reasons.map((reason) => (
              <Notice key={reason} tone={own.condition === 'bad' ? 'bad' : 'warn'}>
                {reason}
              </Notice>
            ))}
            <Tabs
              label="About this stream"
              tabs={tabsOf(data, own)}
              selected={tab}
              select={setTab}
            />
          </>
        )}
      </Answered>
    </Page>
  );
};

export default StreamPage;
