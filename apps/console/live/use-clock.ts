import { useEffect, useState } from 'react';

/** The time in ms, told anew each second: what counts down or up is drawn by it. */
export function useClock(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
