/** A moment of the API, to the second; null stays null. */
export function showMoment(moment: string | null): string | null {
  return moment === null ? null : moment.replace(/\.\d+(?=Z$)/, '');
}

/** Seconds as a person says them: `45 s`, `3 min`, `2 h`, `5 d`. */
export function showSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return seconds < 36 * 3_600 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`;
}
