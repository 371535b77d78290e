/** Partitions that wait because most of their records would be dead letters; a person may let the letters be written. */
import type { FloodAcceptance, FloodReport } from '@millrace/operations';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type ApiError, ask } from '../api/ask.ts';
import { useMay } from '../api/session.ts';
import { every, useApi, useRefresh } from '../api/use-api.ts';
import { formatCount } from '../format/numbers.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Notice } from '../ui/notice.tsx';
import { TextField } from '../ui/text-field.tsx';
import { Ago } from '../ui/time.tsx';

type Flood = FloodReport['floods'][number];

const path = '/dead-letters/floods';

const AcceptDialog = ({ flood, close }: { flood: Flood; close: () => void }) => {
  const [reason, setReason] = useState('');
  const refresh = useRefresh();
  const accept = useMutation<unknown, ApiError>({
    mutationFn: () =>
      ask(`${path}/accept`, {
        method: 'POST',
        body: {
          ...{ service: flood.service as FloodAcceptance['service'], topic: flood.topic, reason },
        } satisfies FloodAcceptance,
      }),
    onSuccess: async () => {
      await refresh('/dead-letters');
      close();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    accept.mutate();
  };
  return (
    <Dialog title={`Write the letters of ${flood.topic}?`} close={close}>
      <form className="stack tight" onSubmit={submit}>
        <p>
          For an hour {flood.service} goes on and writes a dead letter for each record that it
          cannot process. Cure the cause first, if it can be cured: then nothing has to be sent
          again.
        </p>
        <TextField label="Why, for the audit" required value={reason} change={setReason} />
        {accept.error !== null && <Notice tone="bad">{accept.error.message}</Notice>}
        <div className="row">
          <button type="submit" className="button danger" disabled={accept.isPending}>
            Write the letters
          </button>
          <button type="button" className="button plain" onClick={close}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
};

export const Floods = () => {
  const report = useApi<FloodReport>(path, {}, { everyMs: every.calm });
  const [accepting, accept] = useState<Flood | undefined>();
  const mayAct = useMay('operator');
  return (
    <>
      {report.data?.floods.map((flood) => (
        <Notice key={`${flood.service} ${flood.topic} ${flood.partition}`} tone="bad">
          <div className="row wrap">
            <span>
              {flood.owner ?? flood.service} waits at {flood.topic} / {flood.partition} since{' '}
              <Ago atMs={flood.sinceMs} />: {formatCount(flood.dead)} of{' '}
              {formatCount(flood.records)} records would be dead letters ({flood.code}).
            </span>
            {mayAct && (
              <button type="button" className="button" onClick={() => accept(flood)}>
                Let them be written…
              </button>
            )}
          </div>
        </Notice>
      ))}
      {report.data?.orders.map(({ service, topic, untilMs, by, reason }) => (
        <Notice key={`${service} ${topic}`} tone="info">
          Letters of {topic} are written by order of {by} ({reason}); this ends{' '}
          <Ago atMs={untilMs} />.
        </Notice>
      ))}
      {accepting !== undefined && (
        <AcceptDialog flood={accepting} close={() => accept(undefined)} />
      )}
    </>
  );
};
