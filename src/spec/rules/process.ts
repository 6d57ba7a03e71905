import type { ProcessRule } from './rule.ts';
import { quote } from './rule.ts';

/** There is something to execute, and a directory to do it in. The texts are runc's. */
export const processCommand: ProcessRule = (process, pointer, report) => {
  if (process.cwd === '') report.fail(`${pointer}/cwd`, 'Cwd property must not be empty');
  else if (!process.cwd.startsWith('/')) {
    report.fail(`${pointer}/cwd`, `Cwd must be an absolute path, not ${quote(process.cwd)}`);
  }
  if (!process.args?.length) report.fail(`${pointer}/args`, 'args must not be empty');
};

/** Every variable has a name and a value (runc refuses others since 1.2). */
export const processEnv: ProcessRule = (process, pointer, report) => {
  process.env?.forEach((variable, i) => {
    const at = variable.indexOf('=');
    if (at > 0) return;
    const fault = at === 0 ? 'name cannot be empty' : "missing '='";
    report.fail(`${pointer}/env/${i}`, `invalid environment variable: ${fault}`);
  });
};

/** (uid_t)-1 means "leave as it is" to the kernel, so it is nobody's id. */
const noId = 4294967295;

/** Ids and umask that the kernel takes as they stand. */
export const processUser: ProcessRule = ({ user }, pointer, report) => {
  if (!user) return;
  const at = `${pointer}/user`;
  const groups = user.additionalGids ?? [];
  if (user.uid === noId) report.fail(`${at}/uid`, `${noId} is not a user id`);
  if (user.gid === noId) report.fail(`${at}/gid`, `${noId} is not a group id`);
  groups.forEach((gid, i) => {
    if (gid === noId) report.fail(`${at}/additionalGids/${i}`, `${noId} is not a group id`);
  });
  if (user.umask !== undefined && user.umask > 0o777) {
    report.fail(`${at}/umask`, `${user.umask} is more than 511 (octal 777)`);
  }
};

/** winsize has 16 bits; without a terminal the size has no meaning and is not looked at. */
export const consoleSize: ProcessRule = ({ terminal, consoleSize: size }, pointer, report) => {
  if (!terminal || !size) return;
  for (const side of ['height', 'width'] as const) {
    if (size[side] <= 65535) continue;
    report.fail(`${pointer}/consoleSize/${side}`, `${size[side]} is more than 65535`);
  }
};

/** proc(5): the range of oom_score_adj. */
export const oomScoreAdj: ProcessRule = ({ oomScoreAdj: score }, pointer, report) => {
  if (score === undefined || (score >= -1000 && score <= 1000)) return;
  report.fail(`${pointer}/oomScoreAdj`, `${score} is not from -1000 to 1000`);
};
