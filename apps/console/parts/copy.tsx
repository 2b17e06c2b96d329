import { useState } from 'react';

/** Copies a text; says so for a moment. Without a clipboard (plain HTTP) the text is selected by hand, so there is no button. */
export function Copy({ text, what }: { readonly text: string; readonly what: string }) {
  const [said, setSaid] = useState<string | null>(null);
  if (!('clipboard' in navigator)) return null;
  function copy(): void {
    navigator.clipboard.writeText(text).then(
      () => setSaid('copied'),
      () => setSaid('not allowed'),
    );
    setTimeout(() => setSaid(null), 1_500);
  }
  return (
    <button type="button" className="small quiet" onClick={copy} aria-label={`Copy ${what}`}>
      {said ?? 'copy'}
    </button>
  );
}
