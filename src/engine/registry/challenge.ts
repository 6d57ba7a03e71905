/** One way of authorization that a server offers. */
export interface Challenge {
  /** In small letters: `bearer`, `basic`. */
  scheme: string;
  /** Names in small letters. */
  parameters: Readonly<Record<string, string>>;
}

/**
 * The challenges of a WWW-Authenticate header (RFC 9110, 11.6.1), of which one header may hold several:
 * `Bearer realm="https://auth.example/token",service="x", Basic realm="y"`. What is malformed ends the list.
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  const parameter = new RegExp(`^(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))`);
  const scheme = new RegExp(`^(${token})(?=\\s|,|$)`);
  for (let rest = header.replace(/^[\s,]+/, ''); rest !== ''; rest = rest.replace(/^[\s,]+/, '')) {
    const pair = parameter.exec(rest);
    const current = challenges.at(-1);
    if (pair && current) {
      const [, name = '', quoted, plain = ''] = pair;
      current.parameters[name.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? plain;
      rest = rest.slice(pair[0].length);
      continue;
    }
    const word = scheme.exec(rest);
    if (!word) break;
    challenges.push({ scheme: (word[1] as string).toLowerCase(), parameters: {} });
    rest = rest.slice(word[0].length);
  }
  return challenges;
}
