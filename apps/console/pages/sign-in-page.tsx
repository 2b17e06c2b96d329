import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { useSigning } from '../api/session.ts';
import { Field } from '../parts/field.tsx';
import { Failure } from '../parts/notices.tsx';

/** The way in; afterwards one is where one wanted to be. */
export function SignInPage() {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const { signIn } = useSigning();
  const goOn = useGoOn();
  const signing = useMutation({ mutationFn: () => signIn(username, password), onSuccess: goOn });
  function submit(event: FormEvent): void {
    event.preventDefault();
    signing.mutate();
  }
  return (
    <main className="alone">
      <form className="sign-in" onSubmit={submit}>
        <img src="/icon.svg" alt="" width="36" height="36" />
        <h1>Distribution Orchestrator</h1>
        <Field label="User name">
          {(attributes) => (
            <input
              {...attributes}
              autoComplete="username"
              required
              value={username}
              onChange={({ target }) => setUsername(target.value)}
            />
          )}
        </Field>
        <Field label="Password">
          {(attributes) => (
            <input
              {...attributes}
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={({ target }) => setPassword(target.value)}
            />
          )}
        </Field>
        {signing.error !== null && <Failure error={signing.error} what="You are not signed in" />}
        <button type="submit" className="primary" disabled={signing.isPending}>
          Sign in
        </button>
        <p className="hint">The first administrator’s password was printed when the system first started.</p>
      </form>
    </main>
  );
}

/** To the page that sent one here (`?next=/queues`), which must be one of this server's. */
function useGoOn(): () => void {
  const { search, pathname } = useLocation();
  const navigate = useNavigate();
  return () => {
    const next = new URLSearchParams(search).get('next');
    const isOurs = next !== null && new URL(next, location.origin).origin === location.origin;
    if (isOurs) location.assign(next);
    else if (pathname === '/sign-in') void navigate('/');
  };
}
