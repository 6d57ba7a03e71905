/** What several sources give, as it comes; left early, all are left. */
export async function* merge<T>(
  ...sources: readonly AsyncGenerator<T, void, undefined>[]
): AsyncGenerator<T, void, undefined> {
  const next = async (source: AsyncGenerator<T, void, undefined>) => ({
    source,
    result: await source.next(),
  });
  const waiting = new Map(sources.map((source) => [source, next(source)]));
  // Those that are not awaited when another fails.
  const quiet = () => waiting.forEach((promise) => void promise.catch(() => undefined));
  try {
    while (waiting.size > 0) {
      const { source, result } = await Promise.race(waiting.values());
      if (result.done) waiting.delete(source);
      else {
        waiting.set(source, next(source));
        yield result.value;
      }
    }
  } finally {
    quiet();
  }
}
