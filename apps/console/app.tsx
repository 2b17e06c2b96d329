import { Navigate, Route, Routes } from 'react-router';
import { rightsOf, useSession, type Session } from './api/session.ts';
import { Frame } from './frame.tsx';
import { FrozenPage } from './pages/frozen/frozen-page.tsx';
import { LogPage } from './pages/log/log-page.tsx';
import { MessagePage } from './pages/messages/message-page.tsx';
import { MessagesPage } from './pages/messages/messages-page.tsx';
import { NodePage } from './pages/nodes/node-page.tsx';
import { NodesPage } from './pages/nodes/nodes-page.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { OverviewPage } from './pages/overview/overview-page.tsx';
import { RegisterPage } from './pages/register/register-page.tsx';
import { SignInPage } from './pages/sign-in-page.tsx';
import { UsersPage } from './pages/users/users-page.tsx';
import { Failure, Loading } from './parts/notices.tsx';

/** Who is not signed in sees nothing but the way in. */
export function App() {
  const { session, error } = useSession();
  if (session === undefined) {
    return (
      <main className="alone">
        {error === null ? <Loading what="who you are" /> : <Failure error={error} what="Who you are is not known" />}
      </main>
    );
  }
  return session === null ? <SignInPage /> : <Pages session={session} />;
}

function Pages({ session }: { readonly session: Session }) {
  return (
    <Frame session={session}>
      <Routes>
        <Route index element={<OverviewPage />} />
        <Route path="nodes" element={<NodesPage role={session.role} />} />
        {rightsOf(session.role).operate && <Route path="register" element={<RegisterPage role={session.role} />} />}
        <Route path="nodes/:id" element={<NodePage role={session.role} />} />
        <Route path="messages" element={<MessagesPage />} />
        <Route path="messages/:id" element={<MessagePage role={session.role} />} />
        <Route path="frozen" element={<FrozenPage role={session.role} />} />
        <Route path="log" element={<LogPage role={session.role} />} />
        {session.role === 'admin' && <Route path="users" element={<UsersPage />} />}
        <Route path="sign-in" element={<Navigate to="/" replace />} />
        <Route path="*" element={<NotFoundPage />} />
      </Routes>
    </Frame>
  );
}
