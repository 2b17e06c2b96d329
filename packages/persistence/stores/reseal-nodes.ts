import type { Sealer } from '#core';
import type { Database } from '../database.ts';
import { sealContexts } from './open-node.ts';
import { appendLog } from './log-store.ts';

/** Rows that one transaction locks. */
const BATCH = 100;

/**
 * Seals anew what another secret than the current one has sealed, node by node, while everything goes on: what is read meanwhile opens
 * with either. Answers how many nodes there were. Throws `SealError` where neither of the secrets opens a value.
 */
export async function resealNodes(
  { prisma }: Pick<Database, 'prisma'>,
  sealer: Sealer,
  actor: string,
): Promise<number> {
  let resealed = 0;
  let after = '';
  for (;;) {
    const last = await prisma.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM node WHERE id > ${after} ORDER BY id LIMIT ${BATCH} FOR NO KEY UPDATE`;
      const rows = await tx.node.findMany({ where: { id: { gt: after } }, orderBy: { id: 'asc' }, take: BATCH });
      for (const { id, auth, tls, secret, previousSecret } of rows) {
        const data = {
          ...again(auth, 'auth', sealContexts.auth(id), sealer),
          ...again(tls, 'tls', sealContexts.tls(id), sealer),
          ...again(secret, 'secret', sealContexts.secret(id), sealer),
          ...again(previousSecret, 'previousSecret', sealContexts.secret(id), sealer),
        };
        if (Object.keys(data).length === 0) continue;
        await tx.node.update({ where: { id }, data });
        resealed += 1;
      }
      return rows.at(-1)?.id ?? null;
    });
    if (last === null) break;
    after = last;
  }
  await appendLog(prisma, { actor, action: 'secrets.resealed', detail: { nodes: resealed } });
  return resealed;
}

function again(sealed: Uint8Array | null, column: string, context: string[], sealer: Sealer) {
  if (sealed === null || sealer.isCurrent(sealed)) return {};
  return { [column]: Uint8Array.from(sealer.seal(sealer.open(sealed, context), context)) };
}
