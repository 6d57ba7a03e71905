import type { Host } from '../../host/host.ts';
import { pathExists } from '../../host/path-exists.ts';
import { checkHost, type HostCheck, hostFiles } from '../../lifecycle/host-checks.ts';
import { defineCommand } from '../command.ts';
import { print } from '../print.ts';
import { doctorTable } from '../table/doctor.ts';
import { formatTable } from '../table-writer.ts';

export const doctor = defineCommand(doctorTable, async ({ host }, { json }) => {
  const facts = await host.call('facts', null);
  const { texts } = await host.call('readFiles', { paths: [...hostFiles] });
  const byPath = Object.fromEntries(hostFiles.map((path, at) => [path, texts[at] ?? undefined]));
  const checks = checkHost(facts, byPath, await findPrograms(host));
  await print(host, json ? `${JSON.stringify(checks, undefined, 2)}\n` : list(checks));
  return checks.some(({ verdict }) => verdict === 'error') ? 1 : 0;
});

const programs = ['netavark', 'nft', 'iptables', 'newuidmap', 'newgidmap'];
/** Debian has netavark where only podman looks. */
const folders =
  '/usr/lib/podman /usr/libexec/podman /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin';

async function findPrograms(host: Host): Promise<Record<string, string | undefined>> {
  const found: Record<string, string | undefined> = {};
  for (const name of programs) {
    for (const folder of folders.split(' ')) {
      if (found[name] === undefined && (await pathExists(host, `${folder}/${name}`))) {
        found[name] = `${folder}/${name}`;
      }
    }
  }
  return found;
}

function list(checks: HostCheck[]): string {
  const rows = checks.map(({ name, verdict, found, fix }) => [
    verdict,
    name,
    fix ? `${found} → ${fix}` : found,
  ]);
  return formatTable(rows);
}
