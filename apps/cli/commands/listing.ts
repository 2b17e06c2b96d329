import type { Command } from 'commander';
import type { Page } from '#client';
import type { Context } from '../context.ts';
import { readWhole } from './read-options.ts';

/** What every command takes that lists something. */
export interface ListOptions {
  readonly limit: number;
  readonly all?: boolean;
}

/** Most items that the API puts into one page. */
const LARGEST_PAGE = 500;
const USUAL = 50;

export function addListOptions(command: Command): Command {
  return command
    .option('--limit <n>', 'show at most so many', readWhole(1, 1_000_000), USUAL)
    .option('--all', 'show all');
}

/** Reads the first items of a list, as many as were asked for, and tells people when there are more. */
export async function readList<Item>(
  context: Context,
  { limit, all = false }: ListOptions,
  list: (page: { limit: number; cursor?: string }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const most = all ? Infinity : limit;
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await list({
      limit: Math.min(LARGEST_PAGE, most - items.length),
      ...(cursor !== null && { cursor }),
    });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null && items.length < most);
  if (cursor !== null) context.complain(`There are more than these ${items.length}: --limit or --all shows them.`);
  return items;
}
