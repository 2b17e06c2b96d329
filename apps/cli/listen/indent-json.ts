const TOKENS = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g;
const STEP = '  ';

/**
 * Valid JSON with one member a line. Only the spaces between tokens change, so that a number such as `19.000` is shown as it came.
 */
export function indentJson(json: string): string {
  let indented = '';
  let depth = 0;
  let before = '';
  for (const [token] of json.matchAll(TOKENS)) {
    const closes = token === ']' || token === '}';
    if (closes) depth -= 1;
    const isEmpty = closes && (before === '[' || before === '{');
    const breaks = (closes && !isEmpty) || (!closes && ['[', '{', ','].includes(before));
    if (breaks) indented += `\n${STEP.repeat(depth)}`;
    indented += token === ':' ? ': ' : token;
    if (token === '[' || token === '{') depth += 1;
    before = token;
  }
  return indented;
}
