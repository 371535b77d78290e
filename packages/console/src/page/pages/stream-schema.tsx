/** What a record of a stream holds, field by field, and how that changed. */
import type { CatalogField, CatalogPage, SchemaVersion } from '@millrace/operations';
import { Link } from 'wouter';
import { Card } from '../ui/card.tsx';
import { Code } from '../ui/code.tsx';
import { Condition } from '../ui/condition.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Ago } from '../ui/time.tsx';
import { valueText } from '../ui/value-table.tsx';
import { pathOf } from '../url-state.ts';

const marks = ({ isKey, isUnique, required, isCritical }: CatalogField): string =>
  [isKey && 'key', isUnique && 'unique', required && 'required', isCritical && 'critical']
    .filter(Boolean)
    .join(', ');

const columns: readonly Column<CatalogField>[] = [
  {
    id: 'name',
    header: 'Field',
    value: ({ name }) => name,
    cell: (field) => (
      <>
        <span className="mono strong">{field.name}</span>
        {marks(field) !== '' && <small>{marks(field)}</small>}
      </>
    ),
  },
  {
    id: 'type',
    header: 'Type',
    value: ({ type }) => type,
    cell: ({ type, columnType }) => (
      <>
        <span className="mono">{type}</span>
        {columnType !== null && <small className="mono">{columnType}</small>}
      </>
    ),
  },
  {
    id: 'classification',
    header: 'Classification',
    value: ({ classification }) => classification,
    cell: ({ classification }) => <span className="tag">{classification}</span>,
  },
  {
    id: 'description',
    header: 'Meaning',
    kind: 'wide',
    value: ({ description }) => description,
    cell: ({ description, examples, businessName }) => (
      <>
        {businessName !== null && <span className="strong">{businessName}. </span>}
        {description}
        {examples.length > 0 && <small>e.g. {examples.map(valueText).join(', ')}</small>}
      </>
    ),
  },
];

interface VersionProps {
  readonly contract: string;
  readonly version: SchemaVersion;
  readonly isNewest: boolean;
}

const Version = ({ contract, version, isNewest }: VersionProps) => (
  <details open={isNewest}>
    <summary>
      <span className="strong">Version {version.version}</span>{' '}
      <span className="muted">
        schema {version.schemaId}
        {version.registeredMs !== null && (
          <>
            , seen <Ago atMs={version.registeredMs} />
          </>
        )}
      </span>
    </summary>
    <div className="stack tight">
      {version.changes.length > 0 && (
        <ul className="diff" aria-label={`Changes of version ${version.version}`}>
          {version.changes.map(({ rule, field, message, breaking }) => (
            <li key={rule + field}>
              {breaking && <Condition state="bad">Breaking</Condition>}{' '}
              {field !== '' && <code>{field}</code>} {message}
            </li>
          ))}
        </ul>
      )}
      {!isNewest && (
        <p>
          <Link href={`${pathOf('streams', contract)}?tab=impact&version=${version.version}`}>
            Who would notice if it came back?
          </Link>
        </p>
      )}
      <Code
        label={`Schema of version ${version.version}`}
        text={JSON.stringify(version.schema, null, 2)}
      />
    </div>
  </details>
);

export const StreamSchemaTab = ({ page }: { page: CatalogPage }) => {
  const versions = page.versions.toSorted((a, b) => b.version - a.version);
  return (
    <>
      <Card
        title="Fields"
        aside={<span className="muted">key: {page.key.join(', ') || 'none'}</span>}
      >
        <DataTable
          label="Fields"
          columns={columns}
          rows={page.fields}
          rowKey={({ name }) => name}
          urlName="fields"
        />
      </Card>
      <Card title="History" aside={<span className="muted">{page.compatibility}</span>} padded>
        {versions.length === 0 && <p className="muted">No version is registered yet.</p>}
        <div className="stack">
          {versions.map((version, index) => (
            <Version
              key={version.version}
              contract={page.id}
              version={version}
              isNewest={index === 0}
            />
          ))}
        </div>
      </Card>
    </>
  );
};
