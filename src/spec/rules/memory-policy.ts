import { suggestion } from '../did-you-mean.ts';
import { numberListFault } from './number-list.ts';
import { type ConfigRule, quote } from './rule.ts';

/** set_mempolicy(2): the modes, and whether they want nodes: some, none, or as one likes. */
const modes: Readonly<Record<string, 'some' | 'none' | 'any' | undefined>> = {
  __proto__: null as never,
  MPOL_DEFAULT: 'none',
  MPOL_PREFERRED: 'any',
  MPOL_BIND: 'some',
  MPOL_INTERLEAVE: 'some',
  MPOL_LOCAL: 'none',
  MPOL_PREFERRED_MANY: 'some',
  MPOL_WEIGHTED_INTERLEAVE: 'some',
};

const flagNames = ['MPOL_F_NUMA_BALANCING', 'MPOL_F_RELATIVE_NODES', 'MPOL_F_STATIC_NODES'];

/** MAX_NUMNODES of the largest kernels; a longer list would only take memory. */
const maxNode = 1023;

/** The words are known; the list of nodes can be read and fits the mode. */
export const memoryPolicy: ConfigRule = ({ linux }, report) => {
  const policy = linux?.memoryPolicy;
  if (!policy) return;
  const { mode = '', nodes = '', flags = [] } = policy;
  const at = '/linux/memoryPolicy';
  const wants = modes[mode];
  if (wants === undefined) {
    const message = `invalid memory policy mode ${quote(mode)}${suggestion(mode, Object.keys(modes))}`;
    report.fail(`${at}/mode`, message);
  }
  flags.forEach((flag, i) => {
    if (flagNames.includes(flag)) return;
    const message = `invalid memory policy flag ${quote(flag)}${suggestion(flag, flagNames)}`;
    report.fail(`${at}/flags/${i}`, message);
  });
  const fault = nodesFault(nodes);
  if (fault) report.fail(`${at}/nodes`, `invalid memory policy nodes ${quote(nodes)}: ${fault}`);
  else if (nodes.trim() === '' && wants === 'some') {
    report.fail(at, `${mode} requires at least one node`);
  } else if (nodes.trim() !== '' && wants === 'none') {
    report.fail(`${at}/nodes`, `${mode} mode requires 0 nodes but got ${countOf(nodes)}`);
  }
};

function nodesFault(nodes: string): string | undefined {
  const tooLarge = numbersOf(nodes).find((node) => node > maxNode);
  if (tooLarge !== undefined) return `${tooLarge} is more than ${maxNode}`;
  return numberListFault(nodes);
}

function numbersOf(nodes: string): number[] {
  return (nodes.match(/\d+/g) ?? []).map(Number);
}

function countOf(nodes: string): number {
  return nodes.split(',').reduce((sum, range) => {
    const [first = 0, last = first] = numbersOf(range);
    return sum + last - first + 1;
  }, 0);
}
