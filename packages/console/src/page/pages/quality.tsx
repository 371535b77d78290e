/** Every rule of every contract, and what came out last. */
import type { RulesReport } from '@millrace/operations';
import { every, useApi } from '../api/use-api.ts';
import { formatCount } from '../format/numbers.ts';
import { Answered } from '../ui/answered.tsx';
import { Card, Figures } from '../ui/card.tsx';
import { Choice } from '../ui/choice.tsx';
import { FilterBox, matches } from '../ui/filter-box.tsx';
import { Page } from '../ui/page.tsx';
import { useUrlState } from '../url-state.ts';
import { Gates } from './gates.tsx';
import { conditionOfOutcome, RulesTable } from './rules-table.tsx';

const figures = ({ rules }: RulesReport) => {
  const count = (...outcomes: readonly (string | undefined)[]) =>
    rules.filter(({ last }) => outcomes.includes(last?.outcome)).length;
  return [
    { label: 'Rules', value: formatCount(rules.length) },
    { label: 'Passed', value: formatCount(count('passed')) },
    {
      label: 'Warnings',
      value: formatCount(count('warning')),
      condition: count('warning') > 0 ? ('warn' as const) : ('ok' as const),
    },
    {
      label: 'Failed',
      value: formatCount(count('failed')),
      condition: count('failed') > 0 ? ('bad' as const) : ('ok' as const),
    },
    {
      label: 'Could not be judged',
      value: formatCount(count('error')),
      condition: count('error') > 0 ? ('bad' as const) : ('ok' as const),
    },
    { label: 'Not yet run', value: formatCount(count('skipped', undefined)) },
  ];
};

const QualityPage = () => {
  const rules = useApi<RulesReport>('/quality/rules', {}, { everyMs: every.calm });
  const [filter, setFilter] = useUrlState('q');
  const [which, setWhich] = useUrlState('which', 'all');
  return (
    <Page
      title="Quality"
      lead="What contracts demand of their rows, judged on the tables and on the live topics."
      live={rules}
    >
      <Gates />
      <Answered answer={rules} lines={8}>
        {(report) => (
          <>
            <Figures figures={figures(report)} />
            <Card
              title="Rules"
              aside={
                <>
                  <FilterBox label="Filter rules" value={filter} change={setFilter} />
                  <Choice
                    label="Which rules"
                    options={[
                      ['all', 'All'],
                      ['unwell', 'Not passed'],
                    ]}
                    value={which}
                    choose={setWhich}
                  />
                </>
              }
            >
              <RulesTable
                rules={report.rules.filter(
                  ({ rule, name, contract, field, dimension, last }) =>
                    matches(filter, rule, name, contract, field, dimension) &&
                    (which === 'all' ||
                      ['bad', 'warn'].includes(conditionOfOutcome(last?.outcome))),
                )}
              />
            </Card>
          </>
        )}
      </Answered>
    </Page>
  );
};

export default QualityPage;
