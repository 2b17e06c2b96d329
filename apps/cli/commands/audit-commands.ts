import type { Command } from 'commander';
import type { AuditVerdict } from '#client';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import { addListOptions, readList, type ListOptions } from './listing.ts';

export function addAuditCommands(program: Command, context: Context): void {
  const audit = program.command('audit').description('Who did what to what: never purged, and chained.');
  addListOptions(audit.command('list').description('Lists the records, newest first.')).action(
    async (options: ListOptions, command: Command) => {
      const { audit: records } = context.connect(command);
      const items = await readList(context, options, (page) => records.list(page));
      context.show(command, items, () => items.map(({ hash, entry }) => `${hash} ${entry}`).join('\n'));
    },
  );
  audit
    .command('verify')
    .description('Goes through the whole chain. Fails when a record is missing, was changed, or the end was cut off.')
    .option('--head <hash>', 'the head that an earlier run has printed')
    .action(async ({ head }: { head?: string }, command: Command) => {
      const verdict = await context.connect(command).audit.verify(head);
      if (verdict.brokenAt !== null || verdict.knows === false) context.status = EXIT.failed;
      context.show(command, verdict, () => wordsOf(verdict));
    });
  audit
    .command('evidence')
    .description('Prints a signed record of a delivery: a JWS, to be verified by the keys at /api/v1/evidence/keys.')
    .argument('<delivery>', "the delivery's id")
    .action(async (delivery: string, _options: unknown, command: Command) => {
      const record = await context.connect(command).audit.evidence(delivery);
      context.show(command, record, () => record.evidence);
    });
  program
    .command('secrets')
    .description('Secrets at rest.')
    .command('reseal')
    .description('Encrypts the secrets of all nodes under the current security.secret, after it was changed.')
    .action(async (_options: unknown, command: Command) => {
      const resealed = await context.connect(command).audit.reseal();
      context.show(command, resealed, () => `Encrypted anew: the secrets of ${resealed.nodes} nodes.`);
    });
}

function wordsOf({ records, head, brokenAt, knows }: AuditVerdict): string {
  if (brokenAt !== null) return `Broken at record ${brokenAt}: ${records} records before it are in order.`;
  if (knows === false)
    return `The chain does not go through that head: records were taken away. ${records} are in order.`;
  return `${records} records, all in order. Head: ${head ?? 'none'}`;
}
