/** Whether a familiar `name:tag` or `name@digest`, or its name alone, fits a pattern of Go's path.Match. */
export function matchesReference(pattern: string, reference: string): boolean {
  const form = new RegExp(`^${patternSource(pattern)}$`);
  return form.test(reference) || form.test(repositoryOf(reference));
}

/** The name of a familiar reference: without tag and digest. */
export function repositoryOf(reference: string): string {
  const name = reference.split('@')[0] as string;
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name;
}

/** `*` and `?` stop at a slash; `[a-c]` and `[^a-c]`, and a backslash in front of anything. */
function patternSource(pattern: string): string {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string;
    const set = character === '[' ? /^\[\^?[^\]\\]+\]/.exec(pattern.slice(at))?.[0] : undefined;
    if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (set !== undefined) {
      source += set.replace(/(?<=.)\[/g, '\\[');
      at += set.length - 1;
    } else if (character === '\\' && at + 1 < pattern.length)
      source += escaped(pattern[++at] ?? '');
    else source += escaped(character);
  }
  return source;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
