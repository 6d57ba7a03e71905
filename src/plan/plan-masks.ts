import { containerPath } from '../spec/clean-path.ts';
import type { Linux } from '../spec/generated/config.ts';
import { addStep, type Draft } from './draft.ts';

/** `readonlyPaths`, then `maskedPaths`; a path that is masked twice would only cost. */
export function planMasks(draft: Draft, linux: Linux): void {
  for (const [index, path] of (linux.readonlyPaths ?? []).entries()) {
    addStep(draft, `/linux/readonlyPaths/${index}`, {
      readonlyPath: { path: containerPath(path) },
    });
  }
  const masked = new Set<string>();
  for (const [index, raw] of (linux.maskedPaths ?? []).entries()) {
    const path = containerPath(raw);
    if (masked.has(path)) continue;
    masked.add(path);
    addStep(draft, `/linux/maskedPaths/${index}`, { mask: { path } });
  }
}
