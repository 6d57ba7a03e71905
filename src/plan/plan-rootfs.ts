import { hostPath } from '../spec/clean-path.ts';
import type { Linux, Spec } from '../spec/generated/config.ts';
import { addStep, type Draft } from './draft.ts';
import { ms, propagationFlags } from './mount-flags.ts';
import { hasNamespace, type NamespaceSet } from './namespace-set.ts';
import { invalid } from './plan-error.ts';

/** Cuts the new mount namespace off the host, and makes the rootfs the root of all targets. */
export function planRootfs(draft: Draft, spec: Spec, namespaces: NamespaceSet): void {
  if (!spec.root) throw invalid('/root', 'root must be specified');
  const path = hostPath(draft.options.bundle, spec.root.path);
  if (!hasNamespace(namespaces, 'mount')) {
    // the propagation of the caller's mounts is not the container's to change
    addStep(draft, '/root/path', { rootfs: { path, parent: 0 } });
    return;
  }
  const flags = rootfsPropagation(spec.linux);
  const from = flags === undefined ? '' : '/linux/rootfsPropagation';
  // before any mount, so that none of them reaches the host
  addStep(draft, from, { propagation: { flags: flags ?? ms.slave | ms.recursive } });
  addStep(draft, '/root/path', {
    rootfs: {
      path,
      parent: (flags ?? 0) & ms.slave ? ms.slave : ms.private,
    },
  });
}

/** The step into the rootfs. */
export function planPivot(draft: Draft, spec: Spec, namespaces: NamespaceSet): void {
  if (!hasNamespace(namespaces, 'mount')) {
    addStep(draft, '/root/path', { changeRoot: {} });
    return;
  }
  const flags = rootfsPropagation(spec.linux) ?? 0;
  if (draft.options.noPivot && flags & ms.private) {
    throw invalid(
      '/linux/rootfsPropagation',
      'rootfsPropagation of [r]private is not safe without pivot_root',
    );
  }
  addStep(draft, '/root/path', draft.options.noPivot ? { moveRoot: {} } : { pivotRoot: {} });
  // private and slave were given to the whole namespace before; these are for the new `/` only
  if (flags & (ms.shared | ms.unbindable)) {
    addStep(draft, '/linux/rootfsPropagation', { rootPropagation: { flags } });
  }
}

/** `root.readonly`, when nothing has to be made in the rootfs any more. */
export function planRootReadonly(draft: Draft, spec: Spec): void {
  if (spec.root?.readonly) addStep(draft, '/root/readonly', { rootReadonly: {} });
}

function rootfsPropagation(linux: Linux | undefined): number | undefined {
  const word = linux?.rootfsPropagation;
  if (!word) return undefined;
  const flags = propagationFlags(word);
  if (flags === undefined) {
    throw invalid('/linux/rootfsPropagation', `rootfsPropagation=${word} is not supported`);
  }
  return flags;
}
