/** How a stream's topic and table are set up. */
import type { CatalogPage } from '@millrace/operations';
import { formatBytes, formatCount } from '../format/numbers.ts';
import { Card, Facts } from '../ui/card.tsx';

const Settings = ({ settings }: { settings: Readonly<Record<string, string>> }) => (
  <Facts
    facts={Object.entries(settings).map(([name, value]) => [name, <code key={name}>{value}</code>])}
  />
);

export const StreamSettingsTab = ({ page }: { page: CatalogPage }) => (
  <div className="grid">
    <Card title="Topic" padded>
      <div className="stack tight">
        <code>{page.topic}</code>
        <Settings settings={page.topicSettings} />
      </div>
    </Card>
    <Card title="Table" padded>
      {page.view === null ? (
        <p className="muted">It does not land in the warehouse.</p>
      ) : (
        <div className="stack tight">
          <code>{page.view}</code>
          <span className="muted">
            {formatCount(page.rows)} rows, {formatBytes(page.bytes)}
          </span>
          <Settings settings={page.tableSettings} />
        </div>
      )}
    </Card>
    <Card title="Files" padded>
      <Facts
        facts={[
          ['Schema', <code key="avsc">{page.files.avsc}</code>],
          ['Contract', <code key="odcs">{page.files.odcs}</code>],
        ]}
      />
    </Card>
  </div>
);
