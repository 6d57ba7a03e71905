import { ociVersion } from '../spec/spec-version.ts';
import type { PlanOptions } from './plan-options.ts';

/** The state of a container as hooks and seccomp agents get it, cut where the pid belongs. */
export function hookState(
  { id, bundle }: Pick<PlanOptions, 'id' | 'bundle'>,
  status: string,
  annotations?: Readonly<Record<string, string>>,
): [string, string] {
  const before = { ociVersion, id, status };
  const noted = annotations && Object.keys(annotations).length > 0;
  const after = noted ? { bundle, annotations } : { bundle };
  return [`${JSON.stringify(before).slice(0, -1)},"pid":`, `,${JSON.stringify(after).slice(1)}`];
}
