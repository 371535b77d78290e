/** One dead letter, whole: why, its bytes, its headers, and what can be read of it. */
import type { DeadLetterContent } from '@millrace/operations';
import { useState } from 'react';
import { Link, useParams } from 'wouter';
import { useMay } from '../api/session.ts';
import { useApi } from '../api/use-api.ts';
import { hexDump } from '../format/hex-dump.ts';
import { formatBytes } from '../format/numbers.ts';
import { Answered } from '../ui/answered.tsx';
import { Card, Facts } from '../ui/card.tsx';
import { Code } from '../ui/code.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { Ago } from '../ui/time.tsx';
import { pathOf } from '../url-state.ts';
import { originOf } from './dead-letter-list.tsx';
import { RedriveDialog } from './redrive-dialog.tsx';

const About = ({ letter }: { letter: DeadLetterContent }) => (
  <Card title="Why" padded>
    <Facts
      facts={[
        ['Code', <code key="code">{letter.code}</code>],
        ['Message', letter.message],
        ['Service', letter.stage === null ? letter.service : `${letter.service}, ${letter.stage}`],
        [
          'Came from',
          <span key="origin" className="mono">
            {originOf(letter)}
          </span>,
        ],
        [
          'Stream',
          letter.contract === null ? (
            'none known'
          ) : (
            <Link key="stream" href={pathOf('streams', letter.contract)}>
              {letter.contract}
            </Link>
          ),
        ],
        ['When', <Ago key="at" atMs={letter.atMs} />],
        [
          'Sent again',
          letter.redrivenAtMs === null ? (
            'never'
          ) : (
            <span key="again">
              {letter.redrives}×, <Ago atMs={letter.redrivenAtMs} />
            </span>
          ),
        ],
      ]}
    />
  </Card>
);

const Content = ({ letter }: { letter: DeadLetterContent }) => (
  <>
    <Card title="As its schema reads it" padded>
      {letter.decoded === null ? (
        <Notice tone="info">{letter.undecodedReason ?? 'It cannot be read.'}</Notice>
      ) : (
        <Code label="Decoded record" text={JSON.stringify(letter.decoded, null, 2)} />
      )}
    </Card>
    <div className="grid">
      <Card
        title="Value"
        padded
        aside={<span className="muted">{formatBytes(letter.valueBytes)}</span>}
      >
        <Bytes label="Bytes of the value" base64={letter.value} />
      </Card>
      <Card title="Key" padded>
        <Bytes label="Bytes of the key" base64={letter.key} />
      </Card>
    </div>
    <Card title="Headers" padded>
      {letter.headers.length === 0 ? (
        <p className="muted">It has none.</p>
      ) : (
        <Facts
          facts={letter.headers.map(({ name, text }) => [name, <code key={name}>{text}</code>])}
        />
      )}
    </Card>
  </>
);

const Bytes = ({ label, base64 }: { label: string; base64: string | null }) =>
  base64 === null ? (
    <p className="muted">There is none.</p>
  ) : (
    <Code label={label} text={hexDump(base64)} />
  );

const DeadLetterPage = () => {
  const { id = '' } = useParams<{ id: string }>();
  const letter = useApi<DeadLetterContent>(pathOf('dead-letters', id));
  const [redriving, setRedriving] = useState(false);
  const mayAct = useMay('operator');
  return (
    <Page
      title={id}
      crumbs={<Link href="/dead">Dead letters</Link>}
      actions={
        mayAct && (
          <button type="button" className="button primary" onClick={() => setRedriving(true)}>
            Send again…
          </button>
        )
      }
    >
      <Answered answer={letter} lines={8}>
        {(data) => (
          <>
            <About letter={data} />
            <Content letter={data} />
          </>
        )}
      </Answered>
      {redriving && <RedriveDialog filter={{}} ids={[id]} close={() => setRedriving(false)} />}
    </Page>
  );
};

export default DeadLetterPage;
