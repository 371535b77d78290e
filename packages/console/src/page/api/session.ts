/** Who is here and what they may. Without a session the console shows the way in. */
import type { Role, Session } from '@millrace/operations';
import { createContext, use } from 'react';

export const SessionContext = createContext<Session | null>(null);

/** Only below the shell, which is not shown without a session. */
export const useSession = (): Session => {
  const session = use(SessionContext);
  if (session === null) throw new Error('There is no session here.');
  return session;
};

const order: readonly Role[] = ['viewer', 'operator', 'admin'];

/** Whether who is here may what a role may. The service decides; this only hides what it would refuse. */
export const useMay = (role: Role): boolean =>
  order.indexOf(useSession().role) >= order.indexOf(role);
