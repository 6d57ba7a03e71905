/** The candidate nearest to a word that was probably meant, if one is near enough. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const folded = fold(word);
  let best: string | undefined;
  // A third of the letters may differ; in a short word, one.
  let limit = Math.max(1, Math.floor(folded.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(folded, fold(candidate), limit);
    if (distance < limit) {
      limit = distance;
      best = candidate;
    }
  }
  return best ?? onlyLonger(folded, candidates);
}

/** `net` for `network`: the one candidate that begins so. */
function onlyLonger(start: string, candidates: Iterable<string>): string | undefined {
  if (start.length < 3) return undefined;
  const longer = [...candidates].filter((candidate) => fold(candidate).startsWith(start));
  return longer.length === 1 ? longer[0] : undefined;
}

/** `, did you mean "x"?` or nothing. */
export function suggestion(word: string, candidates: Iterable<string>): string {
  const best = didYouMean(word, candidates);
  return best === undefined ? '' : `, did you mean ${JSON.stringify(best)}?`;
}

/** Case, - and _ make no difference to what was meant. */
function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, '');
}

/** Insertions, deletions, changes, and swaps of neighbours; `limit` if that many or more. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const cost = (i: number, j: number) => rows[i]?.[j] ?? limit;
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      rows[i]?.push(
        Math.min(
          cost(i, j - 1) + 1,
          cost(i - 1, j) + 1,
          cost(i - 1, j - 1) + change,
          swapped ? cost(i - 2, j - 2) + 1 : limit,
        ),
      );
    }
  }
  return Math.min(cost(a.length, b.length), limit);
}
