/** Streams that a rule or a person has stopped, or whose events are kept aside; and how to change that. */
import type { GateRequest, GateState, GatesReport, StreamGate } from '@millrace/operations';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link } from 'wouter';
import { type ApiError, ask } from '../api/ask.ts';
import { useMay } from '../api/session.ts';
import { every, useApi, useRefresh } from '../api/use-api.ts';
import { Choice } from '../ui/choice.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Notice } from '../ui/notice.tsx';
import { TextField } from '../ui/text-field.tsx';
import { Ago } from '../ui/time.tsx';
import { pathOf } from '../url-state.ts';

const path = '/quality/gates';
const meanings: Readonly<Record<GateState, string>> = {
  open: 'Events are taken and landed.',
  quarantine: 'The door keeps events aside, where they can be sent again.',
  stopped: 'The door takes no events and the sink lands none; senders are told to wait.',
};

const GateDialog = ({ gate, close }: { gate: StreamGate; close: () => void }) => {
  const [state, setState] = useState<string>(gate.state === 'open' ? 'stopped' : 'open');
  const [reason, setReason] = useState('');
  const refresh = useRefresh();
  const put = useMutation<unknown, ApiError>({
    mutationFn: () =>
      ask(pathOf('quality', 'gates', gate.contract), {
        method: 'PUT',
        body: { state: state as GateState, reason } satisfies GateRequest,
      }),
    onSuccess: async () => {
      await refresh(path);
      close();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    put.mutate();
  };
  return (
    <Dialog title={`The gate of ${gate.contract}`} close={close}>
      <form className="stack tight" onSubmit={submit}>
        <Choice
          label="State"
          options={Object.keys(meanings).map((name) => [name, name] as const)}
          value={state}
          choose={setState}
        />
        <p className="muted">{meanings[state as GateState]}</p>
        <TextField label="Why, for the audit" required value={reason} change={setReason} />
        {put.error !== null && <Notice tone="bad">{put.error.message}</Notice>}
        <div className="row">
          <button
            type="submit"
            className={state === 'open' ? 'button primary' : 'button danger'}
            disabled={put.isPending}
          >
            {state === 'open' ? 'Open' : state === 'stopped' ? 'Stop the stream' : 'Keep aside'}
          </button>
          <button type="button" className="button plain" onClick={close}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
};

const open = (contract: string): StreamGate => ({
  ...{ contract, state: 'open', reason: '', by: '', atMs: 0 },
});

/** @param contract one stream's gate, and the way to shut it; all that are shut when left out */
export const Gates = ({ contract }: { contract?: string }) => {
  const report = useApi<GatesReport>(path, {}, { everyMs: every.calm });
  const [changing, change] = useState<StreamGate | undefined>();
  const mayAct = useMay('operator');
  if (report.data === undefined) return null;
  const shut = report.data.gates.filter(
    (gate) => gate.state !== 'open' && (contract === undefined || gate.contract === contract),
  );
  return (
    <>
      {shut.map((gate) => (
        <Notice key={gate.contract} tone="bad">
          <div className="row wrap">
            <span>
              <Link href={pathOf('streams', gate.contract)}>{gate.contract}</Link>{' '}
              {gate.state === 'stopped' ? 'is stopped' : 'is in quarantine'} by {gate.by} since{' '}
              <Ago atMs={gate.atMs} />: {gate.reason}
            </span>
            {mayAct && (
              <button type="button" className="button" onClick={() => change(gate)}>
                Change…
              </button>
            )}
          </div>
        </Notice>
      ))}
      {contract !== undefined && shut.length === 0 && mayAct && (
        <div className="row">
          <button type="button" className="button" onClick={() => change(open(contract))}>
            Stop or quarantine…
          </button>
        </div>
      )}
      {changing !== undefined && <GateDialog gate={changing} close={() => change(undefined)} />}
    </>
  );
};
