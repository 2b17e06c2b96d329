/** The `code` that Node.js and most drivers hang on their errors (`ENOENT`, `ECONNREFUSED`); undefined without one. */
export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
