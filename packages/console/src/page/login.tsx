/** The way in: a token, or the company's own login. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { type ApiError, ask } from './api/ask.ts';
import { Notice } from './ui/notice.tsx';

/** @param ways as a session tells them: `token`, `oidc` */
export const Login = ({ ways }: { ways: readonly string[] }) => {
  const [token, setToken] = useState('');
  const client = useQueryClient();
  const login = useMutation<unknown, ApiError>({
    mutationFn: () => ask('/session', { method: 'POST', body: { token: token.trim() } }),
    onSuccess: () => client.resetQueries(),
  });
  useEffect(() => {
    document.title = 'Sign in · Millrace';
  }, []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    login.mutate();
  };
  const problem = new URLSearchParams(location.search).get('problem');
  const here = location.pathname === '/login' ? '/' : location.pathname + location.search;
  const back = encodeURIComponent(here);
  return (
    <main className="gate">
      <div className="card login">
        <h1>Sign in to Millrace</h1>
        {ways.includes('oidc') && (
          <a className="button primary" href={`/auth/login?to=${back}`}>
            Sign in with your company’s account
          </a>
        )}
        {ways.includes('token') && (
          <form onSubmit={submit} className="stack tight">
            <label className="field">
              Token
              <input
                className="input"
                type="password"
                autoComplete="current-password"
                value={token}
                onChange={(event) => setToken(event.target.value)}
              />
            </label>
            <button
              type="submit"
              className={ways.includes('oidc') ? 'button' : 'button primary'}
              disabled={token.trim() === '' || login.isPending}
            >
              Sign in
            </button>
          </form>
        )}
        {problem !== null && login.error === null && (
          <Notice tone="bad">The company’s login was refused: {problem}.</Notice>
        )}
        {login.error !== null && <Notice tone="bad">{login.error.message}</Notice>}
        <p className="muted">
          An admin makes a token with <code>millrace quality token new</code>.
        </p>
      </div>
    </main>
  );
};
