/** Go's time.Time.String in UTC: `2026-11-24 02:06:51 +0000 UTC`; milliseconds since 1970. */
export function goTime(milliseconds: number): string {
  const text = new Date(milliseconds).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 19)} +0000 UTC`;
}
