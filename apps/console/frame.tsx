import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { NavLink, useLocation, useNavigate } from 'react-router';
import * as queries from './api/queries.ts';
import { rightsOf, useSigning, type Session } from './api/session.ts';
import { useNews, type Connection } from './live/use-news.ts';
import { applyTheme, readTheme, type Theme } from './theme.ts';
import { shortCount } from './words/numbers.ts';

/** What is around every page: where one can go, whether it is live, who is signed in. */
export function Frame({ session, children }: { readonly session: Session; readonly children: ReactNode }) {
  const connection = useNews();
  const main = useMainFocus();
  return (
    <div className="frame">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="bar">
        <NavLink to="/" className="brand">
          <img src="/icon.svg" alt="" width="22" height="22" /> <span>Distribution Orchestrator</span>
        </NavLink>
        <Navigation role={session.role} />
        <div className="me">
          <Liveness connection={connection} />
          <ThemeSwitch />
          <Signed session={session} />
        </div>
      </header>
      <main id="main" tabIndex={-1} ref={main}>
        {children}
      </main>
    </div>
  );
}

/** Who came by the keyboard goes on reading where the new page begins. */
function useMainFocus() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [pathname]);
  return main;
}

function Navigation({ role }: Pick<Session, 'role'>) {
  const { data: frozen } = useQuery(queries.frozen);
  return (
    <nav aria-label="Pages">
      <NavLink to="/" end>
        Overview
      </NavLink>
      <NavLink to="/nodes">Nodes</NavLink>
      <NavLink to="/messages">Messages</NavLink>
      <NavLink to="/frozen">
        Frozen
        {frozen !== undefined && frozen.total > 0 && <span className="badge">{shortCount(frozen.total)}</span>}
      </NavLink>
      <NavLink to="/log">Purge and log</NavLink>
      {role === 'admin' && <NavLink to="/users">Users</NavLink>}
      {rightsOf(role).operate && <a href="/queues">Queues</a>}
      <a href="/docs">API</a>
    </nav>
  );
}

const LIVENESS: Readonly<Record<Connection, string>> = { connecting: 'connecting', live: 'live', lost: 'not live' };

function Liveness({ connection }: { readonly connection: Connection }) {
  return (
    <span className={`liveness ${connection}`} role="status">
      <span aria-hidden="true">{connection === 'live' ? '●' : '○'}</span> {LIVENESS[connection]}
    </span>
  );
}

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];
const THEME_WORDS: Readonly<Record<Theme, string>> = { system: '◐ auto', light: '○ light', dark: '● dark' };

function ThemeSwitch() {
  const [theme, setTheme] = useState(readTheme);
  return (
    <select
      aria-label="Colours"
      value={theme}
      onChange={({ target }) => {
        const chosen = THEMES.find((one) => one === target.value) ?? 'system';
        applyTheme(chosen);
        setTheme(chosen);
      }}
    >
      {THEMES.map((one) => (
        <option key={one} value={one}>
          {THEME_WORDS[one]}
        </option>
      ))}
    </select>
  );
}

function Signed({ session }: { readonly session: Session }) {
  const { signOut } = useSigning();
  const navigate = useNavigate();
  return (
    <span className="signed">
      <span>
        {session.username} <span className="quiet">{session.role}</span>
      </span>
      <button type="button" className="small" onClick={() => void signOut().then(() => navigate('/'))}>
        Sign out
      </button>
    </span>
  );
}
