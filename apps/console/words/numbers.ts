const counts = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** `12,345` */
export function count(value: number): string {
  return counts.format(value);
}

/** `12.3K`, where there is little room. */
export function shortCount(value: number): string {
  return value < 10_000 ? counts.format(value) : compact.format(value);
}

/** `1 message`, `2 messages`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A share from 0 to 1 as `99.9 %`; never rounded up to all. */
export function percent(share: number): string {
  const floored = Math.floor(share * 1_000) / 10;
  return `${floored === 100 ? 100 : floored.toFixed(1)} %`;
}

/** Bytes. */
export function size(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  return bytes < 1_048_576 ? `${(bytes / 1_024).toFixed(1)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`;
}
