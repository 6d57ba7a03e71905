import { exec as execInContainer } from '../../lifecycle/exec.ts';
import type { ExecOptions } from '../../lifecycle/types.ts';
import { defineCommand } from '../command.ts';
import { socketOptions } from '../launch-options.ts';
import { absolutePath } from '../paths.ts';
import { execTable } from '../table/exec.ts';

export const exec = defineCommand(execTable, async (context, flags, [id = '', ...args]) => {
  const { host, runtime } = context;
  const options: ExecOptions = {
    id,
    env: flags.env,
    tty: flags.tty,
    additionalGids: flags['additional-gids'],
    capabilities: flags.cap,
    noNewPrivs: flags['no-new-privs'],
    cgroup: flags.cgroup,
    ignorePaused: flags['ignore-paused'],
    detach: flags.detach,
    preserveFds: flags['preserve-fds'],
    ...(args.length > 0 && { args }),
    ...(flags.process && { processFile: absolutePath(host, flags.process) }),
    ...(flags.cwd && { cwd: flags.cwd }),
    ...(flags.user && { user: flags.user }),
    ...(flags.apparmor && { apparmor: flags.apparmor }),
    ...(flags['process-label'] && { processLabel: flags['process-label'] }),
    ...socketOptions(host, flags),
  };
  const { exitCode } = await execInContainer(runtime, options);
  return exitCode ?? 255;
});
