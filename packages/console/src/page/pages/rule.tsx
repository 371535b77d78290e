/** One rule: its results over time, and rows that failed it. */
import type { FailedSamples, RuleHistory, RuleResult, RulesReport } from '@millrace/operations';
import { Link, useParams } from 'wouter';
import { every, useApi } from '../api/use-api.ts';
import { formatCount, formatShort } from '../format/numbers.ts';
import { formatMs } from '../format/times.ts';
import { Answered } from '../ui/answered.tsx';
import { Blank } from '../ui/blank.tsx';
import { Card, Facts } from '../ui/card.tsx';
import { Chart } from '../ui/chart.tsx';
import { Choice, hourOptions } from '../ui/choice.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Page } from '../ui/page.tsx';
import { Ago } from '../ui/time.tsx';
import { ValueTable } from '../ui/value-table.tsx';
import { pathOf, useUrlState } from '../url-state.ts';
import { Outcome } from './rules-table.tsx';
import { RunNow } from './run-now.tsx';

const columns = (selected: string, select: (id: string) => void): readonly Column<RuleResult>[] => [
  {
    id: 'at',
    header: 'When',
    value: ({ atMs }) => atMs,
    cell: ({ atMs }) => <Ago atMs={atMs} />,
  },
  {
    id: 'outcome',
    header: 'Result',
    value: ({ outcome }) => outcome,
    cell: ({ outcome }) => <Outcome outcome={outcome} />,
  },
  { id: 'place', header: 'Where', value: ({ place }) => place },
  {
    id: 'measured',
    header: 'Measured',
    kind: 'end',
    value: ({ measured }) => measured,
    cell: ({ measured }) => formatShort(measured),
  },
  {
    id: 'failed',
    header: 'Rows failed',
    kind: 'end',
    value: ({ rowsFailed }) => rowsFailed,
    cell: ({ rowsFailed }) => formatCount(rowsFailed),
  },
  {
    id: 'took',
    header: 'Took',
    kind: 'end',
    value: ({ durationMs }) => durationMs,
    cell: ({ durationMs }) => formatMs(durationMs),
  },
  { id: 'message', header: 'Message', kind: 'wide', value: ({ message }) => message },
  {
    id: 'rows',
    header: 'Samples',
    fixed: true,
    value: ({ rowsFailed }) => rowsFailed,
    cell: ({ id, rowsFailed }) =>
      (rowsFailed ?? 0) > 0 ? (
        <button
          type="button"
          className="button"
          aria-pressed={id === selected}
          onClick={() => select(id === selected ? '' : id)}
        >
          {id === selected ? 'Hide rows' : 'Show rows'}
        </button>
      ) : null,
  },
];

const Samples = ({ result }: { result: string }) => {
  const samples = useApi<FailedSamples>(`${pathOf('quality', 'results', result)}/samples`);
  return (
    <Card title="Rows that failed">
      <Answered answer={samples}>
        {({ columns: names, rows, masked }) =>
          rows.length === 0 ? (
            <Blank icon="tables" title="No rows were kept">
              <p>Samples are kept for a while only.</p>
            </Blank>
          ) : (
            <ValueTable
              label="Rows that failed"
              columns={names.map((name) => ({ name }))}
              rows={rows}
              masked={masked}
            />
          )
        }
      </Answered>
    </Card>
  );
};

const About = ({ contract, rule }: { contract: string; rule: string }) => {
  const rules = useApi<RulesReport>('/quality/rules', {}, { everyMs: every.calm });
  const state = rules.data?.rules.find((one) => one.contract === contract && one.rule === rule);
  if (state === undefined) return null;
  return (
    <Card title={state.name} aside={<Outcome outcome={state.last?.outcome} />} padded>
      <Facts
        facts={[
          [
            'Stream',
            <Link key="stream" href={`${pathOf('streams', contract)}?tab=quality`}>
              {contract}
            </Link>,
          ],
          ['Field', state.field ?? 'the whole record'],
          ['Kind', state.kind],
          ['Expected', `${state.expected} ${state.unit}`],
          [
            'Judged',
            [state.onTable && 'on the table', state.onTopic && 'on the live topic']
              .filter(Boolean)
              .join(' and '),
          ],
          ['Dimension', state.dimension ?? '–'],
          ['Impact', state.businessImpact ?? '–'],
          ['When it fails', state.action],
          ['Schedule', state.schedule],
          ['Next', <Ago key="next" atMs={state.nextMs} />],
        ]}
      />
    </Card>
  );
};

const RulePage = () => {
  const { contract = '', rule = '' } = useParams<{ contract: string; rule: string }>();
  const [hours, setHours] = useUrlState('hours', '24');
  const [selected, select] = useUrlState('result');
  const history = useApi<RuleHistory>(
    '/quality/results',
    { contract, rule, hours },
    { everyMs: every.slow, keep: true },
  );
  return (
    <Page
      title={rule}
      crumbs={<Link href="/quality">Quality</Link>}
      live={history}
      actions={<RunNow contract={contract} rule={rule} />}
    >
      <About contract={contract} rule={rule} />
      <Card
        title="Measured over time"
        padded
        aside={<Choice label="Time" options={hourOptions} value={hours} choose={setHours} />}
      >
        <Answered answer={history}>
          {({ measured }) => (
            <Chart
              label="Measured"
              lines={[{ name: 'Measured', series: measured }]}
              format={formatShort}
            />
          )}
        </Answered>
      </Card>
      {selected !== '' && <Samples result={selected} />}
      <Card title="Results">
        <Answered answer={history}>
          {({ results }) => (
            <DataTable
              label="Results"
              columns={columns(selected, select)}
              rows={results}
              rowKey={({ id }) => id}
              sort="at.desc"
              empty={<Blank icon="quality" title="It did not run in this time" />}
            />
          )}
        </Answered>
      </Card>
    </Page>
  );
};

export default RulePage;
