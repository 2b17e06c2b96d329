import { randomBytes } from 'node:crypto';
import { Option, type Command } from 'commander';
import type { Role, User, Users } from '#client';
import { FailedError, UsageError } from '../command-error.ts';
import type { Context } from '../context.ts';
import { renderFields, renderTable } from '../output/table.ts';
import { addListOptions, readList, type ListOptions } from './listing.ts';

const ROLES: readonly Role[] = ['admin', 'operator', 'viewer'];

interface ChangeOptions {
  readonly role?: Role;
  readonly rename?: string;
  readonly newPassword?: boolean;
  readonly passwordStdin?: boolean;
}

export function addUserCommands(program: Command, context: Context): void {
  const user = program.command('user').description('Users: the people who operate this. For administrators.');
  addListOptions(user.command('list').description('Lists the users.')).action(
    async (options: ListOptions, command: Command) => {
      const { users } = context.connect(command);
      const items = await readList(context, options, (page) => users.list(page));
      const rows = items.map(({ id, username, role }) => [username, role, id]);
      context.show(command, items, () => renderTable(['USER', 'ROLE', 'ID'], rows, 'No users.'));
    },
  );
  addCreate(user, context);
  addChange(user, context);
  user
    .command('delete')
    .description('Deletes a user, whose tokens end within seconds.')
    .argument('<user>', 'the name or the id')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { users } = context.connect(command);
      const found = await find(users, name);
      await users.delete(found.id);
      context.show(command, { deleted: found.id }, () => `${found.username} is deleted.`);
    });
}

function addCreate(user: Command, context: Context): void {
  user
    .command('create')
    .description('Makes a user, with a password that is made up and printed this once unless one is given.')
    .argument('<name>', 'the name to sign in with')
    .addOption(new Option('--role <role>', 'what the user may do').choices(ROLES).makeOptionMandatory())
    .option('--password-stdin', 'read the password from stdin')
    .action(async (username: string, options: ChangeOptions & { role: Role }, command: Command) => {
      const given = options.passwordStdin === true ? await readPassword(context) : undefined;
      const password = given ?? makePassword();
      const made = await context.connect(command).users.create({ username, password, role: options.role });
      const shown = given === undefined ? { ...made, password } : made;
      context.show(command, shown, () => renderUser(shown));
    });
}

function addChange(user: Command, context: Context): void {
  user
    .command('change')
    .description('Changes the role, the name or the password of a user.')
    .argument('<user>', 'the name or the id')
    .addOption(new Option('--role <role>', 'what the user may do').choices(ROLES))
    .option('--rename <name>', 'the name to sign in with')
    .option('--new-password', 'make a new password up, and print it this once')
    .option('--password-stdin', 'read the new password from stdin')
    .action(async (name: string, options: ChangeOptions, command: Command) => {
      const { role, rename, newPassword = false, passwordStdin = false } = options;
      if (newPassword && passwordStdin) throw new UsageError('expected --new-password or --password-stdin, got both');
      const password = passwordStdin ? await readPassword(context) : newPassword ? makePassword() : undefined;
      const change = {
        ...(role !== undefined && { role }),
        ...(rename !== undefined && { username: rename }),
        ...(password !== undefined && { password }),
      };
      if (Object.keys(change).length === 0) {
        throw new UsageError('expected something to change: --role, --rename, --new-password or --password-stdin');
      }
      const { users } = context.connect(command);
      const changed = await users.patch((await find(users, name)).id, change);
      const shown = newPassword ? { ...changed, password } : changed;
      context.show(command, shown, () => renderUser(shown));
    });
}

/** People know users by their names, the API by their ids. */
async function find(users: Users, name: string): Promise<User> {
  for await (const user of users.all({ limit: 500 })) if (user.id === name || user.username === name) return user;
  throw new FailedError(`there is no user ${name}; user list shows who there is`);
}

/** 120 bits, in characters that can be read out. */
function makePassword(): string {
  return randomBytes(15).toString('base64url');
}

async function readPassword({ terminal }: Context): Promise<string> {
  let text = '';
  for await (const chunk of terminal.stdin.setEncoding('utf8')) text += String(chunk);
  // What `echo` and editors end a line with is not part of it.
  return text.replace(/\r?\n$/, '');
}

function renderUser({ username, role, id, password }: User & { readonly password?: string | undefined }): string {
  const shown = password === undefined ? null : `${password} (shown this once)`;
  return renderFields({ user: username, role, id, password: shown });
}
