import { useEffect, useState } from 'react';

/** The time in ms, told anew each second, or every so many ms: what counts down or up is drawn by it. */
export function useClock(every = 1_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
