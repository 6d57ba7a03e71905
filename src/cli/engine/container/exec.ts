import { findContainer } from '../../../engine/containers/store.ts';
import { isEngineError } from '../../../engine/engine-error.ts';
import { detachKeys } from '../../../engine/life/detach-keys.ts';
import { execContainer } from '../../../engine/life/exec-container.ts';
import { checkTty } from '../check-tty.ts';
import { daemonError } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { readPairFile, readVariable, variableList } from './request/read-environment.ts';

export const exec = defineEngineCommand(
  {
    name: 'container exec',
    summary: 'run a command in a running container',
    usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
    examples: [{ does: 'A shell beside what runs:', line: 'rundlet container exec -it box sh' }],
    args: { min: 2 },
    stopAtArgument: true,
    flags: {
      detach: { type: 'boolean', alias: 'd', summary: 'Run it in the background' },
      'detach-keys': { type: 'string', summary: 'Keys that detach from the process' },
      env: { type: 'string', alias: 'e', repeatable: true, summary: 'Environment variable' },
      'env-file': {
        type: 'string',
        value: 'file',
        repeatable: true,
        summary: 'Read environment variables from a file',
      },
      interactive: { type: 'boolean', alias: 'i', summary: 'Keep stdin open' },
      privileged: { type: 'boolean', summary: 'Give the process all privileges' },
      tty: { type: 'boolean', alias: 't', summary: 'Allocate a terminal' },
      user: { type: 'string', alias: 'u', summary: 'User name or UID (name|uid[:group|gid])' },
      workdir: { type: 'string', alias: 'w', summary: 'Working directory inside the container' },
    },
  },
  async ({ engine, host }, flags, [name = '', ...command]) => {
    const { tty, detach, privileged } = flags;
    const stdin = flags.interactive && !detach;
    await checkTty(host, { stdin, tty });
    const env: string[] = [];
    for (const path of flags['env-file']) env.push(...(await readPairFile(host, path, host.env)));
    env.push(...variableList(flags.env.map((text) => readVariable(text, host.env))));
    try {
      return await execContainer(engine, await findContainer(engine, name), {
        command,
        tty,
        env,
        user: flags.user ?? '',
        workdir: flags.workdir ?? '',
        privileged,
        detach,
        stdin,
        detachKeys: detachKeys(flags['detach-keys']),
      });
    } catch (error) {
      // The runtime's refusal comes over the stream of an exec, not as the daemon's answer.
      throw isEngineError(error, 'ERR_RUNDLET_LAUNCH') ? error : daemonError(error);
    }
  },
);
