/** Captures of PostgreSQL: each slot, how far behind it is, and how much log may still be written before it is lost. */
import type { CaptureReport, CaptureState } from '@millrace/operations';
import { every, useApi } from '../api/use-api.ts';
import { formatBytes } from '../format/numbers.ts';
import { formatSeconds } from '../format/times.ts';
import { Answered } from '../ui/answered.tsx';
import { Blank } from '../ui/blank.tsx';
import { Card, Facts } from '../ui/card.tsx';
import { Condition } from '../ui/condition.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';

const Budget = ({ capture }: { capture: CaptureState }) => {
  const { retainedBytes, budgetBytes } = capture;
  if (retainedBytes === null || budgetBytes === null) return null;
  const whole = retainedBytes + Math.max(0, budgetBytes);
  const share = whole === 0 ? 0 : Math.min(1, retainedBytes / whole);
  return (
    // biome-ignore lint/a11y/useSemanticElements: the element cannot be styled alike in all browsers
    <div
      className="bar"
      data-condition={capture.condition}
      role="meter"
      aria-label="Share of the log budget that is used"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
    >
      <span style={{ width: `${share * 100}%` }} />
    </div>
  );
};

const Capture = ({ capture }: { capture: CaptureState }) => (
  <Card
    title={capture.source ?? capture.slot}
    aside={
      <>
        <Condition state={capture.active ? 'ok' : 'warn'}>
          {capture.active ? 'connected' : 'not connected'}
        </Condition>
        <Condition state={capture.condition} />
      </>
    }
    padded
  >
    <div className="stack tight">
      <Budget capture={capture} />
      <Facts
        facts={[
          ['Slot', <code key="slot">{capture.slot}</code>],
          ['Server', capture.server],
          ['Behind', formatBytes(capture.behindBytes)],
          ['Log kept for it', formatBytes(capture.retainedBytes)],
          [
            'Budget left',
            capture.budgetBytes === null
              ? 'without limit: it can fill the disk'
              : formatBytes(capture.budgetBytes),
          ],
          [
            'Used up in',
            capture.exhaustionSeconds === null
              ? 'not at this rate'
              : formatSeconds(capture.exhaustionSeconds),
          ],
          ['Confirmed', <code key="lsn">{capture.confirmedLsn ?? '–'}</code>],
          ['State of its log', capture.walStatus ?? '–'],
          [
            'Tables',
            capture.tables.length === 0 ? (
              '–'
            ) : (
              <span key="tables" className="row wrap">
                {capture.tables.map((table) => (
                  <span key={table} className="tag mono">
                    {table}
                  </span>
                ))}
              </span>
            ),
          ],
        ]}
      />
    </div>
  </Card>
);

const CapturesPage = () => {
  const report = useApi<CaptureReport>('/captures', {}, { everyMs: every.calm });
  return (
    <Page
      title="Captures"
      lead="Replication slots of PostgreSQL. A slot that nobody reads keeps the server’s log until the disk or the budget is full."
      live={report}
    >
      <Answered answer={report}>
        {({ captures, away }) => (
          <>
            {away.map(({ server, reason }) => (
              <Notice key={server} tone="warn">
                {server} did not answer: {reason}
              </Notice>
            ))}
            {captures.length === 0 ? (
              <Card title="Slots">
                <Blank icon="captures" title="No slot is known">
                  <p>
                    Set <code>MILLRACE_POSTGRES_URL</code> for the quality service, and start{' '}
                    <code>npx millrace cdc</code>.
                  </p>
                </Blank>
              </Card>
            ) : (
              <div className="grid">
                {captures.map((capture) => (
                  <Capture key={capture.server + capture.slot} capture={capture} />
                ))}
              </div>
            )}
          </>
        )}
      </Answered>
    </Page>
  );
};

export default CapturesPage;
