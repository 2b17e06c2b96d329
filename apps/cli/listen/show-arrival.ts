import { createHash } from 'node:crypto';
import { printable, printableLines, shorten } from '../output/printable.ts';
import { indentJson } from './indent-json.ts';
import type { Arrival, Judgement } from './read-arrival.ts';

export interface Answered {
  readonly at: Date;
  readonly judgement: Judgement;
  /** The status that was answered. */
  readonly status: number;
  /** It has been here before, on an earlier attempt. */
  readonly isRepeat: boolean;
}

const MOST_LINES = 40;
const LONGEST_LINE = 160;
/** Bytes that are looked at to show a payload. */
const MOST_SHOWN = 64 * 1_024;

/** What arrived, for the eye. */
export function showArrival({ at, judgement, status, isRepeat }: Answered): string {
  const time = at.toISOString().slice(11, 19);
  if (!judgement.ok) return `${time}  ${printable(judgement.reason)}, answered ${status}\n`;
  const { id, senderId, type, origin, contentType, payload } = judgement.arrival;
  const facts = [
    `${time}  ${type} from ${origin}${isRepeat ? ', which has been here before' : ''}`,
    `          message ${id}${senderId === id ? '' : `, to its sender ${senderId}`}`,
    `          ${payload.length} bytes of ${contentType}, signature ok, answered ${status}`,
  ];
  return [...facts.map(printable), ...showPayload(payload), ''].join('\n');
}

/** What arrived, as one line of JSON. */
export function arrivalDocument({ at, judgement, status, isRepeat }: Answered): object {
  const shared = { event: 'arrived', at: at.toISOString(), status };
  if (!judgement.ok) return { ...shared, ok: false, reason: judgement.reason };
  const { payload, ...facts } = judgement.arrival;
  const text = readText(payload);
  return {
    ...shared,
    ok: true,
    ...facts,
    isRepeat,
    size: payload.length,
    digest: digestOf(payload),
    ...(text === null ? { payloadBase64: payload.toString('base64') } : { payload: text }),
  };
}

function showPayload(payload: Arrival['payload']): string[] {
  const text = readText(payload);
  if (text === null) return [`(not text; SHA-256 ${digestOf(payload)})`];
  const lines = printableLines(layOut(text).slice(0, MOST_SHOWN));
  const shown = lines.slice(0, MOST_LINES).map((line) => shorten(line, LONGEST_LINE));
  return lines.length > MOST_LINES ? [...shown, `… (${lines.length - MOST_LINES} more lines)`] : shown;
}

/** JSON on one line is spread out; any other text has a layout of its own. */
function layOut(text: string): string {
  if (text.length > MOST_SHOWN || text.trim().includes('\n')) return text.trimEnd();
  try {
    JSON.parse(text);
    return indentJson(text);
  } catch {
    // No JSON.
    return text.trimEnd();
  }
}

function readText(payload: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload);
  } catch {
    // Bytes of another kind.
    return null;
  }
}

function digestOf(payload: Buffer): string {
  return createHash('sha256').update(payload).digest('hex');
}
