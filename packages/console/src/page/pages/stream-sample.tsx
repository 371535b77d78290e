/** The newest rows of one stream, with what is classified hidden. */
import type { CatalogSample } from '@millrace/operations';
import { useApi } from '../api/use-api.ts';
import { Answered } from '../ui/answered.tsx';
import { Blank } from '../ui/blank.tsx';
import { Card } from '../ui/card.tsx';
import { ValueTable } from '../ui/value-table.tsx';
import { pathOf } from '../url-state.ts';

export const StreamSampleTab = ({ contract }: { contract: string }) => {
  const sample = useApi<CatalogSample>(`${pathOf('catalog', contract)}/sample`);
  return (
    <Card
      title="Newest rows"
      aside={
        <button type="button" className="button" onClick={() => sample.refetch()}>
          Newer ones
        </button>
      }
    >
      <Answered answer={sample}>
        {({ columns, rows, masked }) =>
          rows.length === 0 ? (
            <Blank icon="tables" title="There are no rows yet" />
          ) : (
            <ValueTable
              label="Sample rows"
              columns={columns.map((name) => ({ name }))}
              rows={rows}
              masked={masked}
            />
          )
        }
      </Answered>
    </Card>
  );
};
