import { capabilityNames, capabilityNumber } from '../capability-names.ts';
import { suggestion } from '../did-you-mean.ts';
import { type ProcessRule, quote } from './rule.ts';

const sets = ['bounding', 'effective', 'inheritable', 'permitted', 'ambient'] as const;

/**
 * A name that is none of the kernel's may be a typing error, or that of a newer kernel: config.md says
 * "MUST be logged as a warning". The container runs without it.
 */
export const capabilities: ProcessRule = (process, pointer, report) => {
  for (const set of sets) {
    process.capabilities?.[set]?.forEach((name, i) => {
      if (capabilityNumber(name) !== undefined) return;
      const meant = name.toUpperCase().startsWith('CAP_') ? name : `CAP_${name}`;
      const message = `unknown capability ${quote(name)}${suggestion(meant, capabilityNames())}`;
      report.warn(`${pointer}/capabilities/${set}/${i}`, message);
    });
  }
};
