/** Lets in who may come in: asks who is here, and shows the login when nobody is. */
import type { Session } from '@millrace/operations';
import type { ReactNode } from 'react';
import { SessionContext } from './api/session.ts';
import { every, useApi } from './api/use-api.ts';
import { Login } from './login.tsx';
import { Failure } from './ui/blank.tsx';

export const sessionPath = '/session';

export const Gate = ({ children }: { children: ReactNode }) => {
  const { data, error } = useApi<Session>(sessionPath, {}, { everyMs: every.slow });
  if (error?.status === 401) {
    const ways = error.problem['login'];
    return <Login ways={Array.isArray(ways) ? ways : ['token']} />;
  }
  if (data !== undefined) return <SessionContext value={data}>{children}</SessionContext>;
  if (error !== null)
    return (
      <main className="gate">
        <Failure error={error} />
      </main>
    );
  return null;
};
