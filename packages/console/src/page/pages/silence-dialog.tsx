/** Keeps alerts quiet for a while: which, until when, why. */
import type { Alert, Silence } from '@millrace/operations';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type ApiError, ask } from '../api/ask.ts';
import { useRefresh } from '../api/use-api.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Notice } from '../ui/notice.tsx';
import { TextField } from '../ui/text-field.tsx';

const hourMs = 3_600_000;
const lengths = [
  ['1', '1 hour'],
  ['4', '4 hours'],
  ['24', '1 day'],
  ['168', '1 week'],
] as const;

export interface SilenceDialogProps {
  /** Whose name and subject stand in the fields at first. */
  readonly alert: Alert | undefined;
  readonly close: () => void;
}

export const SilenceDialog = ({ alert, close }: SilenceDialogProps) => {
  const [name, setName] = useState(alert?.name ?? '*');
  const [subject, setSubject] = useState(alert?.subject ?? '');
  const [hours, setHours] = useState('4');
  const [reason, setReason] = useState('');
  const refresh = useRefresh();
  const make = useMutation<unknown, ApiError>({
    mutationFn: () =>
      ask('/silences', {
        method: 'POST',
        body: {
          ...{ name, subject, reason },
          untilMs: Date.now() + Number(hours) * hourMs,
        } satisfies Omit<Silence, 'id' | 'by'>,
      }),
    onSuccess: async () => {
      await refresh('/silences', '/alerts');
      close();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    make.mutate();
  };
  const fields = [
    ['Alert, * stands for any text', name, setName],
    ['Subject, * stands for any text', subject, setSubject],
    ['Why, for the audit', reason, setReason],
  ] as const;
  return (
    <Dialog title="Silence alerts" close={close}>
      <form className="stack tight" onSubmit={submit}>
        {fields.map(([label, value, change]) => (
          <TextField key={label} label={label} required value={value} change={change} />
        ))}
        <label className="field">
          For
          <select
            className="input"
            value={hours}
            onChange={(event) => setHours(event.target.value)}
          >
            {lengths.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
        {make.error !== null && <Notice tone="bad">{make.error.message}</Notice>}
        <div className="row">
          <button type="submit" className="button primary" disabled={make.isPending}>
            Silence
          </button>
          <button type="button" className="button plain" onClick={close}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
};
