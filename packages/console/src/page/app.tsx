/** The whole console: who is here, then the frame, then the view that the URL names. Each view is loaded when it is first seen. */
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ComponentType, lazy, Suspense } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { ApiError } from './api/ask.ts';
import { Gate, sessionPath } from './gate.tsx';
import { Shell } from './shell.tsx';
import { Blank, Skeleton } from './ui/blank.tsx';
import { Page } from './ui/page.tsx';

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // a session that ended: ask who is here, and the gate shows the way in
    onError: (error, { queryKey }) => {
      if (error instanceof ApiError && error.status === 401 && queryKey[0] !== sessionPath)
        void client.invalidateQueries({ queryKey: [sessionPath] });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      gcTime: 300_000,
      refetchIntervalInBackground: false,
      refetchOnWindowFocus: true,
      // a loopback service is reached without a network
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

type Load = () => Promise<{ readonly default: ComponentType }>;

const views: readonly (readonly [path: string, load: Load])[] = [
  ['/', () => import('./pages/flow.tsx')],
  ['/alerts', () => import('./pages/alerts.tsx')],
  ['/lag', () => import('./pages/lag.tsx')],
  ['/lag/:group', () => import('./pages/lag-group.tsx')],
  ['/dead', () => import('./pages/dead.tsx')],
  ['/dead/:id', () => import('./pages/dead-letter.tsx')],
  ['/streams', () => import('./pages/streams.tsx')],
  ['/streams/:id', () => import('./pages/stream.tsx')],
  ['/quality', () => import('./pages/quality.tsx')],
  ['/quality/:contract/:rule', () => import('./pages/rule.tsx')],
  ['/tables', () => import('./pages/tables.tsx')],
  ['/sql', () => import('./pages/sql.tsx')],
  ['/flights', () => import('./pages/flights.tsx')],
  ['/captures', () => import('./pages/captures.tsx')],
  ['/transforms', () => import('./pages/transforms.tsx')],
  ['/transforms/:name', () => import('./pages/transform.tsx')],
  ['/audit', () => import('./pages/audit.tsx')],
];
const routes = views.map(([path, load]) => ({ path, View: lazy(load) }));

/** The view that the URL names is on its way before anything is known of who is here. */
const [, first, second] = location.pathname.split('/');
void views
  .find(([path]) => {
    const [, name, detail] = path.split('/');
    return name === first && (detail === undefined) === (second === undefined);
  })?.[1]()
  // told when it is shown
  .catch(() => undefined);

const NotThere = () => (
  <Page title="Not found">
    <Blank title="There is no such page">
      <p>The views are on the left; Ctrl K searches everything.</p>
    </Blank>
  </Page>
);

export const App = () => (
  <QueryClientProvider client={client}>
    <Gate>
      <Shell>
        <Suspense fallback={<Skeleton lines={8} />}>
          <Switch>
            {routes.map(({ path, View }) => (
              <Route key={path} path={path}>
                <View />
              </Route>
            ))}
            <Route path="/login">
              <Redirect to="/" replace />
            </Route>
            <Route>
              <NotThere />
            </Route>
          </Switch>
        </Suspense>
      </Shell>
    </Gate>
  </QueryClientProvider>
);
