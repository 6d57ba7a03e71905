import type { CreateRequest } from '../../../engine/create/create-request.ts';
import { engineExit, engineUsage } from '../../../engine/engine-error.ts';
import { detachKeys } from '../../../engine/life/detach-keys.ts';
import { runAttached } from '../../../engine/start/run-attached.ts';
import { startContainer } from '../../../engine/start/start-container.ts';
import { RundletError } from '../../../errors/rundlet-error.ts';
import { print, printError } from '../../print.ts';
import { checkTty } from '../check-tty.ts';
import { daemonError } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { createPulled } from './create-pulled.ts';
import { checkIdFile, writeIdFile } from './id-file.ts';
import { readCreateRequest } from './request/create-request.ts';
import { runTable } from './run-table.ts';

export const run = defineEngineCommand(runTable, async ({ engine, host }, flags, args) => {
  const { detach } = flags;
  const { request, warnings } = await readCreateRequest(host, { table: runTable, flags, args });
  const { config, hostConfig } = request;
  if (detach) runInBackground(request, flags.attach);
  const streams = {
    stdin: config.AttachStdin && config.OpenStdin,
    stdout: config.AttachStdout,
    stderr: config.AttachStderr,
  };
  const options = {
    detachKeys: detachKeys(flags['detach-keys']),
    signalProxy: flags['sig-proxy'],
  };
  try {
    await checkTty(host, { stdin: config.AttachStdin, tty: config.Tty });
    const { ContainerIDFile: idFile } = hostConfig;
    if (idFile !== '') await checkIdFile(host, idFile);
    const context = { engine, host };
    const { id, warnings: more } = await createPulled(context, request, flags, async (made) => {
      if (idFile !== '') await writeIdFile(host, idFile, made);
    });
    for (const warning of [...warnings, ...more]) await printError(host, `WARNING: ${warning}\n`);
    if (!streams.stdin && !streams.stdout && !streams.stderr) {
      await startContainer(engine, id);
      await print(host, `${id}\n`);
      return 0;
    }
    return (await runAttached(engine, id, streams, options))?.exitCode ?? 0;
  } catch (error) {
    throw runError(error);
  }
});

function runInBackground({ config }: CreateRequest, attach: readonly string[]): void {
  if (attach.length > 0) {
    throw engineUsage('Conflicting options: -a and -d', runTable.name);
  }
  Object.assign(config, {
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    StdinOnce: false,
  });
}

/** All that fails before the container runs is 125, but for a program that is not there or cannot be run. */
function runError(error: unknown): unknown {
  const said = daemonError(error);
  if (!(said instanceof RundletError)) return said;
  const { code, message, cause, name: _, stack: __, ...details } = said;
  const ofProgram =
    said.exitCode === engineExit.notFound || said.exitCode === engineExit.notExecutable;
  const exitCode = ofProgram ? said.exitCode : engineExit.engine;
  return new RundletError(code, message, { ...details, cause, exitCode });
}
