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

const routes: readonly (readonly [path: string, view: ComponentType])[] = [
  ['/', lazy(() => import('./pages/flow.tsx'))],
  ['/alerts', lazy(() => import('./pages/alerts.tsx'))],
  ['/lag', lazy(() => import('./pages/lag.tsx'))],
  ['/lag/:group', lazy(() => import('./pages/lag-group.tsx'))],
  ['/dead', lazy(() => import('./pages/dead.tsx'))],
  ['/dead/:id', lazy(() => import('./pages/dead-letter.tsx'))],
  ['/streams', lazy(() => import('./pages/streams.tsx'))],
  ['/streams/:id', lazy(() => import('./pages/stream.tsx'))],
  ['/quality', lazy(() => import('./pages/quality.tsx'))],
  ['/quality/:contract/:rule', lazy(() => import('./pages/rule.tsx'))],
  ['/tables', lazy(() => import('./pages/tables.tsx'))],
  ['/sql', lazy(() => import('./pages/sql.tsx'))],
  ['/flights', lazy(() => import('./pages/flights.tsx'))],
  ['/captures', lazy(() => import('./pages/captures.tsx'))],
  ['/transforms', lazy(() => import('./pages/transforms.tsx'))],
  ['/transforms/:name', lazy(() => import('./pages/transform.tsx'))],
  ['/audit', lazy(() => import('./pages/audit.tsx'))],
];

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
            {routes.map(([path, View]) => (
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
