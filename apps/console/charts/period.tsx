import { useSearchParams } from 'react-router';

/** Seconds until now that a chart shows. */
const PERIODS = [
  [900, '15 min'],
  [3_600, '1 h'],
  [21_600, '6 h'],
  [86_400, '24 h'],
  [604_800, '7 d'],
  [2_592_000, '30 d'],
] as const;

const USUAL = 3_600;

/** The period that the address names, in seconds, and the buttons that change it. */
export function usePeriod() {
  const [search, setSearch] = useSearchParams();
  const named = Number(search.get('period'));
  const period = PERIODS.some(([seconds]) => seconds === named) ? named : USUAL;
  function choose(seconds: number): void {
    setSearch(
      (before) => {
        before.set('period', String(seconds));
        return before;
      },
      { replace: true },
    );
  }
  const picker = (
    <div className="choice" role="group" aria-label="Period of the charts">
      {PERIODS.map(([seconds, name]) => (
        <button key={seconds} type="button" aria-pressed={seconds === period} onClick={() => choose(seconds)}>
          {name}
        </button>
      ))}
    </div>
  );
  return { period, picker };
}
