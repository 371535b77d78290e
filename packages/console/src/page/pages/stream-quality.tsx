/** The rules of one stream. */
import type { RulesReport } from '@millrace/operations';
import { every, useApi } from '../api/use-api.ts';
import { Answered } from '../ui/answered.tsx';
import { Card } from '../ui/card.tsx';
import { Gates } from './gates.tsx';
import { RulesTable } from './rules-table.tsx';

export const StreamQualityTab = ({ contract }: { contract: string }) => {
  const rules = useApi<RulesReport>('/quality/rules', {}, { everyMs: every.calm });
  return (
    <>
      <Gates contract={contract} />
      <Card title="Rules">
        <Answered answer={rules}>
          {(report) => (
            <RulesTable rules={report.rules.filter((rule) => rule.contract === contract)} />
          )}
        </Answered>
      </Card>
    </>
  );
};
