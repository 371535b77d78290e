/** Counts a stream again now, in place of at the next audit: how far that is, and what came out. And taking its table as it is. */
import type { StreamCheck, StreamCheckRun, StreamHealth } from '@millrace/operations';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { type ApiError, ask } from '../api/ask.ts';
import { useMay } from '../api/session.ts';
import { every, useApi, useRefresh } from '../api/use-api.ts';
import { Card } from '../ui/card.tsx';
import { Condition } from '../ui/condition.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Notice } from '../ui/notice.tsx';
import { Progress } from '../ui/progress.tsx';
import { Ago } from '../ui/time.tsx';
import { pathOf } from '../url-state.ts';
import { checkText } from './check-text.ts';

const progressMs = 500;

const words = {
  counts: {
    button: 'Count again',
    what: 'Every offset of the topic against the rows of the table, from where counting began.',
  },
  source: {
    button: 'Compare again',
    what: 'Every row of the source table against the dimension, in one snapshot that takes no lock.',
  },
} as const;

const Run = ({ run }: { run: StreamCheckRun }) => {
  if (run.state === 'running')
    return (
      <div className="stack tight">
        <Progress label="Counting" share={run.share} />
        <p className="muted" role="status">
          Begun by {run.by} <Ago atMs={run.startedMs} />: {run.step}.
        </p>
      </div>
    );
  const { state, text, note } = checkText(run);
  return (
    <p className="row wrap" role="status">
      <Condition state={state}>{text}</Condition>
      {note !== undefined && <span>{note}</span>}
      <span className="muted">
        <Ago atMs={run.endedMs} />, by {run.by}
      </span>
    </p>
  );
};

const Taking = ({ contract, close }: { contract: string; close: () => void }) => {
  const refresh = useRefresh();
  const take = useMutation<unknown, ApiError>({
    mutationFn: () => ask(pathOf('streams', contract, 'recount'), { method: 'POST' }),
    onSuccess: async () => {
      await refresh('/streams');
      close();
    },
  });
  return (
    <Dialog title={`Take ${contract} as it is`} close={close}>
      <p>
        For rows that were erased on purpose. What is missing or double now is told no more, and
        counting begins anew with the table as it stands. Nothing in the table changes; to bring
        rows back, replay them.
      </p>
      {take.error !== null && <Notice tone="bad">{take.error.message}</Notice>}
      <div className="row">
        <button
          type="button"
          className="button danger"
          disabled={take.isPending}
          onClick={() => take.mutate()}
        >
          Begin anew
        </button>
        <button type="button" className="button plain" onClick={close}>
          Cancel
        </button>
      </div>
    </Dialog>
  );
};

export const CountAgain = ({ contract, counts }: Pick<StreamHealth, 'contract' | 'counts'>) => {
  const path = pathOf('streams', contract, 'check');
  const check = useApi<StreamCheck>(
    path,
    {},
    { everyMs: (data) => (data?.last?.state === 'running' ? progressMs : every.slow) },
  );
  const refresh = useRefresh();
  const [isTaking, setTaking] = useState(false);
  const mayAct = useMay('operator');
  const begin = useMutation<unknown, ApiError>({
    mutationFn: () => ask(path, { method: 'POST' }),
    onSuccess: () => refresh(path),
  });
  const endedMs = check.data?.last?.endedMs;
  useEffect(() => {
    if (typeof endedMs === 'number') void refresh('/streams');
  }, [endedMs, refresh]);
  if (check.data === undefined) return null;
  const { kind, why, last } = check.data;
  const { button, what } = words[kind ?? 'counts'];
  const obstacle = why ?? (mayAct ? null : 'It needs the role operator.');
  const isWrong = (counts?.missing ?? 0) + (counts?.double ?? 0) > 0;
  return (
    <Card title="Counted on demand" padded>
      <div className="stack tight">
        {kind !== null && <p className="muted">{what}</p>}
        {kind !== null && last !== null && <Run run={last} />}
        {begin.error !== null && <Notice tone="bad">{begin.error.message}</Notice>}
        <div className="row wrap">
          <button
            type="button"
            className="button"
            disabled={obstacle !== null || begin.isPending || last?.state === 'running'}
            aria-describedby={obstacle === null ? undefined : 'count-obstacle'}
            onClick={() => begin.mutate()}
          >
            {button}
          </button>
          {isWrong && mayAct && (
            <button type="button" className="button" onClick={() => setTaking(true)}>
              Take it as it is…
            </button>
          )}
          {obstacle !== null && (
            <span id="count-obstacle" className="muted">
              {obstacle}
            </span>
          )}
        </div>
      </div>
      {isTaking && <Taking contract={contract} close={() => setTaking(false)} />}
    </Card>
  );
};
