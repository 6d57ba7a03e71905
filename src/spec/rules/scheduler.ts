import { numberListFault } from './number-list.ts';
import type { ProcessRule } from './rule.ts';

/** sched_setattr(2): which fields go with which policy. */
export const scheduler: ProcessRule = ({ scheduler: settings }, pointer, report) => {
  if (!settings) return;
  const { policy, nice = 0, priority = 0 } = settings;
  const at = `${pointer}/scheduler`;
  const realtime = policy === 'SCHED_FIFO' || policy === 'SCHED_RR';
  if ((policy === 'SCHED_OTHER' || policy === 'SCHED_BATCH') && (nice < -20 || nice > 19)) {
    report.fail(`${at}/nice`, `${nice} is not from -20 to 19`);
  }
  if (realtime && (priority < 1 || priority > 99)) {
    report.fail(`${at}/priority`, `${policy} needs a priority from 1 to 99, got ${priority}`);
  } else if (!realtime && priority !== 0) {
    report.fail(`${at}/priority`, `only SCHED_FIFO and SCHED_RR have a priority, not ${policy}`);
  }
  for (const key of ['runtime', 'deadline', 'period'] as const) {
    if (policy === 'SCHED_DEADLINE' || !settings[key]) continue;
    report.fail(`${at}/${key}`, `only SCHED_DEADLINE has a ${key}, not ${policy}`);
  }
};

/** The lists of CPUs for exec can be read. */
export const execCpuAffinity: ProcessRule = ({ execCPUAffinity: lists }, pointer, report) => {
  for (const key of ['initial', 'final'] as const) {
    const fault = numberListFault(lists?.[key] ?? '');
    if (fault) report.fail(`${pointer}/execCPUAffinity/${key}`, fault);
  }
};
