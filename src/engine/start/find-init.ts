import { pathExists } from '../../host/path-exists.ts';
import type { Engine } from '../context.ts';
import { invalidParameter } from '../engine-error.ts';

/** Programs that `--init` may run: Docker's own name first, then tini and those alike. */
const programs = [
  '/usr/bin/docker-init',
  '/usr/libexec/docker/docker-init',
  '/usr/local/bin/docker-init',
  '/usr/bin/tini-static',
  '/usr/bin/tini',
  '/sbin/tini',
  '/usr/libexec/podman/catatonit',
  '/usr/bin/catatonit',
  '/usr/bin/dumb-init',
];

/** Host path of the program for `--init`; all of them take `-- PROGRAM ARGS`. */
export async function findInit({ host }: Engine): Promise<string> {
  for (const path of programs) if (await pathExists(host, path)) return path;
  throw invalidParameter(
    'exec: "docker-init": executable file not found in $PATH (--init needs docker-init, tini, catatonit or dumb-init on the host)',
  );
}
