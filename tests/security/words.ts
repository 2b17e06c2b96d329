/** The words of a template as they are written, escapes too: lists of texts without spaces in them. */
export function words({ raw }: TemplateStringsArray): string[] {
  return raw.join('').trim().split(/\s+/);
}
