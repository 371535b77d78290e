/** Sending dead letters again: first what would happen, then, when a person says so, the thing itself. */
import type { DeadLetterFilter, RedriveReport, RedriveRequest } from '@millrace/operations';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { Link } from 'wouter';
import { type ApiError, ask } from '../api/ask.ts';
import { useApi, useRefresh } from '../api/use-api.ts';
import { formatCount } from '../format/numbers.ts';
import { Facts } from '../ui/card.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Notice } from '../ui/notice.tsx';
import { Progress } from '../ui/progress.tsx';
import { TextField } from '../ui/text-field.tsx';
import { pathOf } from '../url-state.ts';

export interface RedriveDialogProps {
  readonly filter: DeadLetterFilter;
  /** These alone, when given. */
  readonly ids?: readonly string[];
  readonly close: () => void;
}

const progressMs = 500;

const Counts = ({ report }: { report: RedriveReport }) => (
  <Facts facts={report.byReason.map(({ code, count }) => [code, formatCount(count)] as const)} />
);

/** Letters of one reason that are named; the command names all. */
const namedMax = 20;

/** Why letters stay where they are, and which those are. */
const Staying = ({ report }: { report: RedriveReport }) => (
  <ul className="stack tight" aria-label="Letters that stay">
    {report.refused.map(({ why, count }) => {
      const named = (report.letters ?? []).filter((letter) => letter.why === why);
      const text = `${formatCount(count)} ${count === 1 ? 'letter stays' : 'letters stay'}: ${why}`;
      if (named.length === 0) return <li key={why}>{text}.</li>;
      return (
        <li key={why}>
          <details>
            <summary>{text}.</summary>
            <div className="row wrap named">
              {named.slice(0, namedMax).map(({ id }) => (
                <Link key={id} className="mono" href={pathOf('dead', id)}>
                  {id}
                </Link>
              ))}
              {count > namedMax && <span>and {formatCount(count - namedMax)} more</span>}
            </div>
          </details>
        </li>
      );
    })}
  </ul>
);

/** What a dry run says: how many would be sent and of which reasons, and who stays. */
const Foretold = ({ report }: { report: RedriveReport }) => (
  <>
    <Notice tone={report.sent > 0 ? 'info' : 'warn'}>
      {report.sent > 0
        ? `${formatCount(report.sent)} of ${formatCount(report.matched)} letters would be sent:`
        : 'No letter would be sent.'}
      <Counts report={report} />
    </Notice>
    {report.refused.length > 0 && (
      <Notice tone="warn">
        <Staying report={report} />
      </Notice>
    )}
  </>
);

const Sending = ({ started }: { started: RedriveReport }) => {
  const running = useApi<RedriveReport>(
    pathOf('dead-letters', 'redrives', started.id),
    {},
    { everyMs: progressMs, enabled: started.state === 'running' },
  );
  const report = running.data ?? started;
  const stop = useMutation<unknown, ApiError>({
    mutationFn: () =>
      ask(pathOf('dead-letters', 'redrives', started.id, 'stop'), { method: 'POST' }),
  });
  const refresh = useRefresh();
  const ended = report.state !== 'running';
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it ended
  useEffect(() => {
    if (ended) void refresh('/dead-letters');
  }, [ended]);
  const share = report.matched === 0 ? 1 : report.sent / report.matched;
  return (
    <>
      <Progress label="Letters sent" share={share} />
      <p role="status">
        {formatCount(report.sent)} of {formatCount(report.matched)} sent
        {ended && `, ${report.state}`}.{report.why !== undefined && ` ${report.why}`}
      </p>
      {report.refused.length > 0 && <Staying report={report} />}
      {!ended && (
        <div className="row">
          <button type="button" className="button" onClick={() => stop.mutate()}>
            Stop
          </button>
        </div>
      )}
    </>
  );
};

export const RedriveDialog = ({ filter, ids, close }: RedriveDialogProps) => {
  const [reason, setReason] = useState('');
  const [perSecond, setPerSecond] = useState('100');
  const send = (dryRun: boolean) =>
    ask<RedriveReport>('/dead-letters/redrive', {
      method: 'POST',
      body: {
        ...{ filter, dryRun, reason },
        ...(ids !== undefined && { ids }),
        ...(perSecond !== '' && { perSecond: Number(perSecond) }),
      } satisfies RedriveRequest,
    });
  const dryRun = useMutation<RedriveReport, ApiError>({ mutationFn: () => send(true) });
  const real = useMutation<RedriveReport, ApiError>({ mutationFn: () => send(false) });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    dryRun.mutate();
  };
  const error = real.error ?? dryRun.error;
  return (
    <Dialog title="Send letters again" close={close}>
      {real.data === undefined ? (
        <form className="stack tight" onSubmit={submit}>
          <TextField label="Why, for the audit" required value={reason} change={setReason} />
          <TextField
            label="Letters a second at most"
            type="number"
            value={perSecond}
            change={setPerSecond}
          />
          {dryRun.data !== undefined && <Foretold report={dryRun.data} />}
          {error !== null && <Notice tone="bad">{error.message}</Notice>}
          <div className="row">
            <button
              type="submit"
              className={dryRun.data === undefined ? 'button primary' : 'button'}
              disabled={reason.trim() === '' || dryRun.isPending}
            >
              What would be sent?
            </button>
            {dryRun.data !== undefined && dryRun.data.sent > 0 && (
              <button
                type="button"
                className="button danger"
                disabled={reason.trim() === '' || real.isPending}
                onClick={() => real.mutate()}
              >
                Send {formatCount(dryRun.data.sent)} again
              </button>
            )}
            <button type="button" className="button plain" onClick={close}>
              Cancel
            </button>
          </div>
        </form>
      ) : (
        <div className="stack tight">
          <Sending started={real.data} />
          <div className="row">
            <button type="button" className="button" onClick={close}>
              Close
            </button>
          </div>
        </div>
      )}
    </Dialog>
  );
};
