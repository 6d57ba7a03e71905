import { type Fault, findFaults } from '../../bundle/find-faults.ts';
import { defineCommand } from '../command.ts';
import { absolutePath } from '../paths.ts';
import { print } from '../print.ts';
import { validateTable } from '../table/validate.ts';

export const validate = defineCommand(validateTable, async ({ host }, flags) => {
  const bundle = absolutePath(host, flags.bundle || '.');
  const config = flags.config ? absolutePath(host, flags.config) : undefined;
  const { file, faults } = await findFaults(host, bundle, config);
  await print(host, flags.json ? `${JSON.stringify(faults, undefined, 2)}\n` : list(file, faults));
  const counted = flags.strict ? faults : faults.filter(({ severity }) => severity === 'error');
  return counted.length === 0 ? 0 : 1;
});

function list(file: string, faults: Fault[]): string {
  if (faults.length === 0) return `${file} is valid\n`;
  return faults
    .map(({ severity, line, column, message, hint }) => {
      // Of a text that is no JSON the message says the place.
      const place = message.startsWith(file) ? '' : `${file}:${line}:${column}: `;
      return `${severity}: ${place}${message}${hint === undefined ? '' : ` (${hint})`}\n`;
    })
    .join('');
}
