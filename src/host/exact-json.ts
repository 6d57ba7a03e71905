const { rawJSON } = JSON as unknown as {
  /** In Node 22 and QuickJS-ng, but not yet in TypeScript's library. */
  rawJSON(text: string): unknown;
};

/** JSON.stringify that writes a bigint as the integer it is. */
export function exactJson(value: unknown, indent?: string | number): string {
  try {
    return JSON.stringify(value, undefined, indent);
  } catch (error) {
    // It refuses bigint; a replacer for every value costs too much where there is none.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(
      value,
      (_key, part) => (typeof part === 'bigint' ? rawJSON(part.toString()) : part),
      indent,
    );
  }
}
