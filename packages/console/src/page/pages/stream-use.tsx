/** How to read and send a stream, ready to be copied. */
import type { CatalogPage } from '@millrace/operations';
import { Link } from 'wouter';
import { Blank } from '../ui/blank.tsx';
import { Card, Facts } from '../ui/card.tsx';
import { Code } from '../ui/code.tsx';

export const StreamUseTab = ({ page }: { page: CatalogPage }) => (
  <>
    {(page.usage !== null || page.limitations !== null) && (
      <Card title="Good to know" padded>
        <div className="stack tight">
          {page.usage !== null && <p>{page.usage}</p>}
          {page.limitations !== null && <p className="muted">{page.limitations}</p>}
        </div>
      </Card>
    )}
    {page.howToQuery.length === 0 && <Blank title="There is nothing to query" />}
    {page.howToQuery.map(({ title, language, text }) => (
      <Card
        key={title}
        title={title}
        padded
        aside={
          language === 'sql' && (
            <Link className="button" href={`/sql?sql=${encodeURIComponent(text)}`}>
              Open in SQL
            </Link>
          )
        }
      >
        <Code label={title} text={text} />
      </Card>
    ))}
    {(page.contacts.length > 0 || page.members.length > 0 || page.links.length > 0) && (
      <Card title="Whom to ask" padded>
        <Facts
          facts={[
            ['Owner', page.owner],
            ...page.members.map(({ name, role }) => [role ?? 'Member', name] as const),
            ...page.contacts.map(
              ({ channel, url, description }) =>
                [channel, url === null ? description : <SafeLink key={url} url={url} />] as const,
            ),
            ...page.links.map(({ type, url }) => [type, <SafeLink key={url} url={url} />] as const),
          ]}
        />
      </Card>
    )}
  </>
);

/** A contract may say anything; only what leads to a page or a mail is a link. */
const SafeLink = ({ url }: { url: string }) =>
  /^(https?|mailto):/i.test(url) ? (
    <a href={url} rel="noreferrer">
      {url}
    </a>
  ) : (
    url
  );
