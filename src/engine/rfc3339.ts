/** A moment of the host's clock. */
export interface Moment {
  /** Since 1970, UTC. */
  seconds: number;
  /** 0 to 999999999. */
  nanoseconds: number;
}

/** Go's RFC3339Nano in UTC: trailing zeros of the fraction are dropped, and the dot with the last. */
export function rfc3339Nano({ seconds, nanoseconds }: Moment): string {
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  const fraction = String(nanoseconds).padStart(9, '0').replace(/0+$/, '');
  return fraction === '' ? `${whole}Z` : `${whole}.${fraction}Z`;
}

/** Go's zero time, which Docker writes for "never". */
export const zeroTime = '0001-01-01T00:00:00Z';
