import { numberListFault } from './number-list.ts';
import type { ConfigRule } from './rule.ts';

/** set_mempolicy(2): which modes want nodes, which none. MPOL_PREFERRED takes both. */
const needsNodes = [
  'MPOL_BIND',
  'MPOL_INTERLEAVE',
  'MPOL_PREFERRED_MANY',
  'MPOL_WEIGHTED_INTERLEAVE',
];

/** The list of nodes can be read and fits the mode. */
export const memoryPolicy: ConfigRule = ({ linux }, report) => {
  const policy = linux?.memoryPolicy;
  if (!policy) return;
  const { mode, nodes = '' } = policy;
  const at = '/linux/memoryPolicy';
  const fault = numberListFault(nodes);
  if (fault) report.fail(`${at}/nodes`, fault);
  if (nodes.trim() === '' && needsNodes.includes(mode)) {
    report.fail(at, `${mode} requires at least one node`);
  } else if (nodes.trim() !== '' && (mode === 'MPOL_DEFAULT' || mode === 'MPOL_LOCAL')) {
    report.fail(`${at}/nodes`, `${mode} requires 0 nodes`);
  }
};
