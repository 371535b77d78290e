/** Dead letters of all services: why, how many, when; each of them; and sending them again. */
import type { DeadLetterFilter, DeadLetterReasons } from '@millrace/operations';
import { useMemo, useState } from 'react';
import { useMay } from '../api/session.ts';
import { every, useApi } from '../api/use-api.ts';
import { formatCount, formatShort } from '../format/numbers.ts';
import { Answered } from '../ui/answered.tsx';
import { Blank } from '../ui/blank.tsx';
import { Card } from '../ui/card.tsx';
import { Chart } from '../ui/chart.tsx';
import { Choice } from '../ui/choice.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { FilterBox } from '../ui/filter-box.tsx';
import { Page } from '../ui/page.tsx';
import { Ago } from '../ui/time.tsx';
import { useUrlState } from '../url-state.ts';
import { DeadLetterList } from './dead-letter-list.tsx';
import { Floods } from './floods.tsx';
import { RedriveDialog } from './redrive-dialog.tsx';

type Reason = DeadLetterReasons['reasons'][number];

const reasonColumns = (narrow: (reason: Reason) => void): readonly Column<Reason>[] => [
  {
    id: 'code',
    header: 'Reason',
    kind: 'wide',
    value: ({ code }) => code,
    cell: (reason) => (
      <>
        <button type="button" className="button plain flush" onClick={() => narrow(reason)}>
          <code>{reason.code}</code>
        </button>
        <small>{reason.sample}</small>
      </>
    ),
  },
  { id: 'service', header: 'Service', value: ({ service }) => service },
  {
    id: 'topic',
    header: 'Came from',
    value: ({ topic }) => topic,
    cell: ({ topic }) => <span className="mono">{topic}</span>,
  },
  {
    id: 'count',
    header: 'Letters',
    kind: 'end',
    value: ({ count }) => count,
    cell: ({ count }) => formatCount(count),
  },
  {
    id: 'first',
    header: 'First',
    kind: 'end',
    value: ({ firstMs }) => firstMs,
    cell: ({ firstMs }) => <Ago atMs={firstMs} />,
  },
  {
    id: 'last',
    header: 'Last',
    kind: 'end',
    value: ({ lastMs }) => lastMs,
    cell: ({ lastMs }) => <Ago atMs={lastMs} />,
  },
];

/** What the letters are narrowed by, in the URL. */
const useFilter = () => {
  const [service, setService] = useUrlState('service');
  const [topic, setTopic] = useUrlState('topic');
  const [code, setCode] = useUrlState('code');
  const [text, setText] = useUrlState('text');
  const [state, setState] = useUrlState('state', 'waiting');
  const filter = useMemo((): DeadLetterFilter => {
    const known = { service, topic, code, text };
    const given = Object.entries(known).filter(([, value]) => value !== '');
    return {
      ...Object.fromEntries(given),
      ...(state !== 'all' && { state: state as 'waiting' | 'redriven' }),
    };
  }, [service, topic, code, text, state]);
  return {
    ...{ filter, service, topic, code, text, setText, state, setState, setService },
    narrow: (reason: Reason): void => {
      setService(reason.service);
      setTopic(reason.topic);
      setCode(reason.code);
    },
    clear: (): void => {
      for (const set of [setService, setTopic, setCode, setText]) set('');
    },
  };
};

const Reasons = ({ narrow }: { narrow: (reason: Reason) => void }) => {
  const reasons = useApi<DeadLetterReasons>('/dead-letters/reasons', {}, { everyMs: every.calm });
  const columns = useMemo(() => reasonColumns(narrow), [narrow]);
  return (
    <Answered answer={reasons}>
      {(data) =>
        data.total === 0 ? (
          <Card title="Reasons">
            <Blank icon="ok" title="There are no dead letters">
              <p>Every record went where it should.</p>
            </Blank>
          </Card>
        ) : (
          <>
            <Card
              title="Over time"
              padded
              aside={<span className="muted">{formatCount(data.total)} letters</span>}
            >
              <Chart
                label="Dead letters over time"
                kind="bar"
                lines={[{ name: 'Letters', series: data.overTime }]}
                format={formatShort}
                height={150}
              />
            </Card>
            <Card title="Reasons">
              <DataTable
                label="Reasons"
                columns={columns}
                rows={data.reasons}
                rowKey={({ service, topic, code }) => `${service} ${topic} ${code}`}
                sort="count.desc"
                urlName="reasons"
              />
            </Card>
          </>
        )
      }
    </Answered>
  );
};

const DeadPage = () => {
  const { filter, service, topic, code, text, setText, state, setState, narrow, clear } =
    useFilter();
  const [redriving, setRedriving] = useState(false);
  const mayAct = useMay('operator');
  const narrowed = [service, topic, code].filter((part) => part !== '');
  return (
    <Page
      title="Dead letters"
      lead="Records that a service could not take, with the reason and their exact bytes. Cure the cause, then send them again."
    >
      <Floods />
      <Reasons narrow={narrow} />
      <Card
        title="Letters"
        aside={
          <>
            {narrowed.length > 0 && (
              <span className="row wrap">
                {narrowed.map((part) => (
                  <span key={part} className="tag mono">
                    {part}
                  </span>
                ))}
                <button type="button" className="button" onClick={clear}>
                  All letters
                </button>
              </span>
            )}
            <FilterBox label="Filter messages" value={text} change={setText} />
            <Choice
              label="Which letters"
              options={[
                ['waiting', 'Waiting'],
                ['redriven', 'Sent again'],
                ['all', 'All'],
              ]}
              value={state}
              choose={setState}
            />
            {mayAct && (
              <button type="button" className="button primary" onClick={() => setRedriving(true)}>
                Send again…
              </button>
            )}
          </>
        }
      >
        <DeadLetterList filter={filter} />
      </Card>
      {redriving && <RedriveDialog filter={filter} close={() => setRedriving(false)} />}
    </Page>
  );
};

export default DeadPage;
