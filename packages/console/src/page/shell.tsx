/** The frame around every view: navigation, search, who is here. */
import type { AlertReport, Session } from '@millrace/operations';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { ask } from './api/ask.ts';
import { useMay, useSession } from './api/session.ts';
import { every, useApi } from './api/use-api.ts';
import mark from './mark.svg';
import { type View, viewGroups } from './navigation.ts';
import { Search } from './search.tsx';
import { setTheme, type Theme, themes, useTheme } from './theme.ts';
import { Icon } from './ui/icon.tsx';

export const Shell = ({ children }: { children: ReactNode }) => {
  const [location] = useLocation();
  const [open, setOpen] = useState(false);
  const [searching, setSearching] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k') return;
      event.preventDefault();
      setSearching(true);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another view begins at its top
  useEffect(() => {
    setOpen(false);
    scrollTo(0, 0);
  }, [location]);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header className="sidebar" data-open={open}>
        <Link className="brand" href="/">
          <img src={mark} alt="" />
          Millrace
        </Link>
        <button type="button" className="search-button" onClick={() => setSearching(true)}>
          <Icon name="search" />
          <span>Search</span>
          <kbd>Ctrl K</kbd>
          <span className="hidden-text">everything</span>
        </button>
        <button
          type="button"
          className="button plain menu-button"
          aria-expanded={open}
          aria-label="Menu"
          onClick={() => setOpen(!open)}
        >
          <Icon name={open ? 'close' : 'menu'} />
        </button>
        <Navigation location={location} />
        <Foot />
      </header>
      <main className="main" id="content" tabIndex={-1}>
        {children}
      </main>
      {searching && <Search close={() => setSearching(false)} />}
    </div>
  );
};

const Navigation = ({ location }: { location: string }) => {
  const alerts = useApi<AlertReport>('/alerts', {}, { everyMs: every.calm });
  const open = alerts.data?.open.filter(({ silence }) => silence === null).length ?? 0;
  return (
    <nav className="nav" aria-label="Views">
      {viewGroups.map(({ title, views }) => (
        <div key={title}>
          <h2>{title}</h2>
          <ul>
            {views.map((view) => (
              <NavigationItem
                key={view.path}
                view={view}
                location={location}
                count={view.path === '/alerts' ? open : 0}
              />
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
};

const NavigationItem = (props: { view: View; location: string; count: number }) => {
  const { path, title, icon, role } = props.view;
  const isHere =
    path === '/' ? props.location === '/' : `${props.location}/`.startsWith(`${path}/`);
  if (!useMay(role)) return null;
  return (
    <li>
      <Link href={path} aria-current={isHere ? 'page' : undefined}>
        <Icon name={icon} />
        {title}
        {props.count > 0 && (
          <span className="count">
            {props.count}
            <span className="hidden-text"> open</span>
          </span>
        )}
      </Link>
    </li>
  );
};

const Foot = () => {
  const session: Session = useSession();
  const theme = useTheme();
  const client = useQueryClient();
  const leave = useMutation({
    mutationFn: () => ask('/session', { method: 'DELETE' }),
    onSuccess: () => client.resetQueries(),
  });
  return (
    <div className="sidebar-foot">
      <label className="row">
        <span className="muted">Theme</span>
        <select
          className="input"
          value={theme}
          onChange={(event) => setTheme(event.target.value as Theme)}
        >
          {themes.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <div className="row">
        <span>
          {session.name} <span className="tag">{session.role}</span>
        </span>
        {!session.login.includes('open') && (
          <button type="button" className="button plain" onClick={() => leave.mutate()}>
            Sign out
          </button>
        )}
      </div>
    </div>
  );
};
