/** Judges a rule on its whole table now, and not when its schedule says. */
import type { RunReport, RunRequest } from '@millrace/operations';
import { useMutation } from '@tanstack/react-query';
import { type ApiError, ask } from '../api/ask.ts';
import { useMay } from '../api/session.ts';
import { useRefresh } from '../api/use-api.ts';
import { Notice } from '../ui/notice.tsx';

export const RunNow = ({ contract, rule }: { contract: string; rule: string }) => {
  const refresh = useRefresh();
  const run = useMutation<RunReport, ApiError>({
    mutationFn: () =>
      ask('/quality/run', { method: 'POST', body: { contract, rule } satisfies RunRequest }),
    onSuccess: () => refresh('/quality'),
  });
  if (!useMay('operator')) return null;
  return (
    <>
      {run.error !== null && <Notice tone="bad">{run.error.message}</Notice>}
      <button
        type="button"
        className="button"
        disabled={run.isPending}
        onClick={() => run.mutate()}
      >
        {run.isPending ? 'Running …' : 'Run now'}
      </button>
    </>
  );
};
