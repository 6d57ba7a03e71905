/** JSON.rawJSON is in Node 22 and QuickJS-ng, but not yet in TypeScript's library. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

function exactBigint(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? rawJSON(value.toString()) : value;
}

/** JSON.stringify that writes a bigint as the integer it is. */
export function stringifyJson(value: unknown, indent?: string | number): string {
  try {
    return JSON.stringify(value, undefined, indent);
  } catch (error) {
    // It refuses bigint; a call for every value costs too much where there is none.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, exactBigint, indent);
  }
}
