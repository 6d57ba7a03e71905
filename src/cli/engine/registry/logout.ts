import { officialServer, serverKey } from '../../../engine/registry/credentials.ts';
import { logOut } from '../../../engine/registry/log-in.ts';
import { print } from '../../print.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { registryDomain } from './registry-domain.ts';

export const logout = defineEngineCommand(
  {
    name: 'registry logout',
    summary: 'forget the password for a registry',
    usage: '[SERVER]',
    args: { min: 0, max: 1 },
    flags: {},
  },
  async ({ engine, host }, _flags, [server = officialServer]) => {
    const domain = registryDomain(server);
    const known = await logOut(engine, domain);
    const words = known ? 'Removing login credentials for' : 'Not logged in to';
    await print(host, `${words} ${serverKey(domain)}\n`);
    return 0;
  },
);
