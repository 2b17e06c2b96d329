/** Collects the values of a statement that is put together: `add` answers the placeholder that stands for one. */
export interface Parameters {
  add(value: unknown): string;
  readonly values: readonly unknown[];
}

export function createParameters(): Parameters {
  const values: unknown[] = [];
  return { add: (value) => `$${values.push(value)}`, values };
}
