import { suggestion } from '../did-you-mean.ts';
import { type ProcessRule, quote } from './rule.ts';

/** Resources by number, from the kernel's include/uapi/asm-generic/resource.h. */
export const rlimitNames = [
  'RLIMIT_CPU',
  'RLIMIT_FSIZE',
  'RLIMIT_DATA',
  'RLIMIT_STACK',
  'RLIMIT_CORE',
  'RLIMIT_RSS',
  'RLIMIT_NPROC',
  'RLIMIT_NOFILE',
  'RLIMIT_MEMLOCK',
  'RLIMIT_AS',
  'RLIMIT_LOCKS',
  'RLIMIT_SIGPENDING',
  'RLIMIT_MSGQUEUE',
  'RLIMIT_NICE',
  'RLIMIT_RTPRIO',
  'RLIMIT_RTTIME',
];

/** Known resources, each once, with a soft limit that the hard one allows. */
export const rlimits: ProcessRule = (process, pointer, report) => {
  const seen: string[] = [];
  process.rlimits?.forEach(({ type, soft, hard }, i) => {
    const at = `${pointer}/rlimits/${i}`;
    if (!rlimitNames.includes(type)) {
      report.fail(`${at}/type`, `unknown rlimit ${quote(type)}${suggestion(type, rlimitNames)}`);
    } else if (seen.includes(type)) report.fail(`${at}/type`, `a second entry for ${type}`);
    if (soft > hard) report.fail(`${at}/soft`, `${soft} is more than the hard limit ${hard}`);
    seen.push(type);
  });
};
