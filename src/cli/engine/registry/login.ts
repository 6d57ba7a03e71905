import { officialServer } from '../../../engine/registry/credentials.ts';
import { logIn } from '../../../engine/registry/log-in.ts';
import { RundletError } from '../../../errors/rundlet-error.ts';
import { print, printError } from '../../print.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { insecureFlag } from './insecure-flag.ts';
import { registryDomain } from './registry-domain.ts';

/** Of a password on standard input. */
const maxBytes = 64 * 1024;

export const login = defineEngineCommand(
  {
    name: 'registry login',
    summary: 'keep the name and password for a registry',
    usage: '[OPTIONS] [SERVER]',
    notes:
      'They go where docker looks for them: config.json in $DOCKER_CONFIG or ~/.docker, or the credential helper that is named there.',
    examples: [
      {
        does: 'With the password from a file:',
        line: 'rundlet login -u me --password-stdin registry.example < password',
      },
    ],
    args: { min: 0, max: 1 },
    flags: {
      ...insecureFlag,
      password: { type: 'string', alias: 'p', summary: 'Password; others can see it' },
      'password-stdin': { type: 'boolean', summary: 'Read the password from standard input' },
      username: { type: 'string', alias: 'u', summary: 'User name' },
    },
  },
  async ({ engine, host }, { username = '', password, ...flags }, [server = officialServer]) => {
    if (password !== undefined) {
      if (flags['password-stdin']) {
        throw usage('--password and --password-stdin are mutually exclusive');
      }
      const line = 'WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n';
      await printError(host, line);
    }
    if (username === '') throw usage('Must provide --username');
    const given = flags['password-stdin']
      ? (await host.call('readStandardInput', { max: maxBytes })).replace(/[\r\n]+$/, '')
      : password;
    if (!given) throw usage('password required: use --password-stdin');
    const credentials = { username, password: given };
    const insecure = flags['insecure-registry'];
    const { file } = await fromDaemon(logIn(engine, registryDomain(server), credentials, insecure));
    if (file !== undefined) {
      await printError(
        host,
        `WARNING! Your password will be stored unencrypted in ${file}.\nConfigure a credential helper to remove this warning. See\nhttps://docs.docker.com/engine/reference/commandline/login/#credentials-store\n\n`,
      );
    }
    await print(host, 'Login Succeeded\n');
    return 0;
  },
);

function usage(message: string): RundletError {
  return new RundletError('ERR_RUNDLET_USAGE', message, { exitCode: 1 });
}
