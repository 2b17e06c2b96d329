/** A text as a segment or a value of a URL; half of a surrogate pair can't be in one. */
export function encodeSegment(text: string): string {
  const encoded = encodeURIComponent(Buffer.from(text).toString());
  // A client resolves these before it asks.
  return encoded === '.' || encoded === '..' || encoded === '' ? '%20' : encoded;
}
