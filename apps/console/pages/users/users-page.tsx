import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { call, getAll } from '../../api/call.ts';
import type { Role } from '../../api/session.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Field } from '../../parts/field.tsx';
import { Done, Failure } from '../../parts/notices.tsx';
import { Reading } from '../../parts/reading.tsx';
import { Heading, Section } from '../../parts/section.tsx';

interface User {
  readonly id: string;
  readonly username: string;
  readonly role: Role;
}

const ROLES: readonly (readonly [Role, string])[] = [
  ['viewer', 'viewer: sees everything but users and keys'],
  ['operator', 'operator: also changes nodes, replays, cancels, purges'],
  ['admin', 'admin: everything'],
];

const MOST_USERS = 1_000;
const KEY = ['users'];

/** Who may sign in, and as what. */
export function UsersPage() {
  const users = useQuery({ queryKey: KEY, queryFn: () => getAll<User>('/users', MOST_USERS) });
  const [leaving, setLeaving] = useState<User | null>(null);
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: KEY });
  const changing = useMutation({
    mutationFn: ({ id, role }: User) => call('PATCH', `/users/${id}`, { role }),
    onSettled: refresh,
  });
  return (
    <>
      <Heading title="Users" />
      <Reading query={users} what="the users">
        {(list) => (
          <DataTable
            caption="Users"
            rows={list}
            keyOf={({ id }) => id}
            columns={[
              { id: 'name', title: 'User', cell: ({ username }) => username, by: ({ username }) => username },
              {
                id: 'role',
                title: 'Role',
                cell: (user) => (
                  <RoleChoice
                    role={user.role}
                    label={`Role of ${user.username}`}
                    onChoose={(role) => changing.mutate({ ...user, role })}
                  />
                ),
              },
              {
                id: 'remove',
                title: '',
                align: 'end',
                cell: (user) => (
                  <button
                    type="button"
                    className="small danger"
                    onClick={() => setLeaving(user)}
                    aria-label={`Delete ${user.username}`}
                  >
                    Delete
                  </button>
                ),
              },
            ]}
          />
        )}
      </Reading>
      {changing.error !== null && <Failure error={changing.error} what="The role stayed as it was" />}
      <Section title="New user">
        <NewUser onMade={refresh} />
      </Section>
      {leaving !== null && <Leaving user={leaving} onClose={() => setLeaving(null)} onGone={refresh} />}
    </>
  );
}

interface RoleChoiceProps {
  readonly role: Role;
  readonly label?: string;
  readonly id?: string;
  readonly onChoose: (role: Role) => void;
}

function RoleChoice({ role, label, id, onChoose }: RoleChoiceProps) {
  return (
    <select
      id={id}
      aria-label={label}
      value={role}
      onChange={({ target }) => onChoose(ROLES.find(([one]) => one === target.value)?.[0] ?? 'viewer')}
    >
      {ROLES.map(([one, words]) => (
        <option key={one} value={one}>
          {words}
        </option>
      ))}
    </select>
  );
}

function NewUser({ onMade }: { readonly onMade: () => Promise<void> }) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const making = useMutation({
    mutationFn: () => call<User>('POST', '/users', { username, password, role }),
    onSuccess: () => {
      setUsername('');
      setPassword('');
      return onMade();
    },
  });
  function submit(event: FormEvent): void {
    event.preventDefault();
    making.mutate();
  }
  return (
    <form className="search" onSubmit={submit}>
      <Field label="User name">
        {(attributes) => (
          <input
            {...attributes}
            required
            autoComplete="off"
            value={username}
            onChange={({ target }) => setUsername(target.value)}
          />
        )}
      </Field>
      <Field label="Password" hint="8 characters at least">
        {(attributes) => (
          <input
            {...attributes}
            type="password"
            required
            minLength={8}
            autoComplete="new-password"
            value={password}
            onChange={({ target }) => setPassword(target.value)}
          />
        )}
      </Field>
      <Field label="Role">{({ id }) => <RoleChoice id={id} role={role} onChoose={setRole} />}</Field>
      <div className="buttons">
        <button type="submit" className="primary" disabled={making.isPending}>
          Add
        </button>
      </div>
      {making.error !== null && <Failure error={making.error} what="Nobody was added" />}
      {making.data !== undefined && <Done>{making.data.username} may sign in now.</Done>}
    </form>
  );
}

interface LeavingProps {
  readonly user: User;
  readonly onClose: () => void;
  readonly onGone: () => Promise<void>;
}

function Leaving({ user, onClose, onGone }: LeavingProps) {
  const removing = useMutation({
    mutationFn: () => call('DELETE', `/users/${user.id}`),
    onSuccess: () => {
      onClose();
      return onGone();
    },
  });
  return (
    <Confirm
      title={`Delete ${user.username}?`}
      onClose={onClose}
      actions={
        <>
          <button type="button" onClick={onClose}>
            Keep
          </button>
          <button type="button" className="danger" disabled={removing.isPending} onClick={() => removing.mutate()}>
            Delete
          </button>
        </>
      }
    >
      <p>They are signed out within seconds. What they did stays in the log.</p>
      {removing.error !== null && <Failure error={removing.error} what="They were not deleted" />}
    </Confirm>
  );
}
