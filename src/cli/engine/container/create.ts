import { print, printError } from '../../print.ts';
import { daemonError } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { createPulled } from './create-pulled.ts';
import { createTable } from './create-table.ts';
import { checkIdFile, writeIdFile } from './id-file.ts';
import { readCreateRequest } from './request/create-request.ts';

export const create = defineEngineCommand(createTable, async ({ engine, host }, flags, args) => {
  const { request, warnings } = await readCreateRequest(host, { table: createTable, flags, args });
  const { ContainerIDFile: idFile } = request.hostConfig;
  if (idFile !== '') await checkIdFile(host, idFile);
  const created = await createPulled({ engine, host }, request, flags, async (id) => {
    if (idFile !== '') await writeIdFile(host, idFile, id);
  }).catch((error: unknown) => {
    throw daemonError(error);
  });
  for (const warning of [...warnings, ...created.warnings]) {
    await printError(host, `WARNING: ${warning}\n`);
  }
  await print(host, `${created.id}\n`);
  return 0;
});
