import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { CallError } from './api/call.ts';
import { SESSION_KEY } from './api/session.ts';
import { App } from './app.tsx';
import { applyTheme, readTheme } from './theme.ts';
import './styles/base.css';
import './styles/layout.css';
import './styles/parts.css';
import './styles/pages.css';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');

applyTheme(readTheme());

/** A session that has ended, wherever that is noticed, leads to the way in. */
function noticeEnd(error: Error): void {
  if (error instanceof CallError && error.status === 401) queries.setQueryData(SESSION_KEY, null);
}

const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeEnd }),
  mutationCache: new MutationCache({ onError: noticeEnd }),
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      // What the server refused it refuses again; what did not answer is asked for again, for as long as the page is shown.
      retry: (failures, error) => !(error instanceof CallError && error.status !== 0) && failures < 3,
      refetchInterval: ({ state }) => (state.status === 'error' ? 5_000 : false),
    },
  },
});

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <BrowserRouter>
        <App />
      </BrowserRouter>
    </QueryClientProvider>
  </StrictMode>,
);
