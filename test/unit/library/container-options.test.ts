// The library's options ask for what the same flags of `container create` ask for.
import { expect, test } from 'vitest';
import { createTable } from '../../../src/cli/engine/container/create-table.ts';
import { readCreateRequest } from '../../../src/cli/engine/container/request/create-request.ts';
import { scanDockerFlags } from '../../../src/cli/engine/scan-docker-flags.ts';
import { finishValues } from '../../../src/cli/flag-values.ts';
import { readFlags } from '../../../src/cli/read-flags.ts';
import type { Host } from '../../../src/host/host.ts';
import { type ContainerOptions, createRequest } from '../../../src/library/container-options.ts';

const host = { cwd: '/', env: {}, pid: 1 } as unknown as Host;

async function byFlags(words: string[]) {
  const { tokens, args } = scanDockerFlags(createTable.flags, words, true);
  const flags = finishValues(createTable.flags, readFlags(createTable.flags, tokens));
  const { request } = await readCreateRequest(host, { table: createTable, flags, args });
  return request;
}

const cases: [string, ContainerOptions, string[]][] = [
  ['an image', { image: 'box' }, ['box']],
  [
    'a program',
    {
      image: 'box',
      name: 'one',
      command: ['echo', 'hello'],
      env: { A: '1', B: 'x y' },
      workingDirectory: '/srv',
      user: '1000:1000',
      hostname: 'here',
      labels: { owner: 'me' },
      tty: true,
      init: true,
      stopSignal: 'SIGINT',
      stopTimeout: 3,
    },
    [
      ...['--name=one', '-eA=1', '-eB=x y', '-w/srv', '-u1000:1000', '-hhere', '-lowner=me', '-t'],
      ...['--init', '--stop-signal=SIGINT', '--stop-timeout=3', 'box', 'echo', 'hello'],
    ],
  ],
  [
    'limits and rights',
    {
      image: 'box',
      memory: 64 << 20,
      cpus: 1.5,
      processes: 32,
      readOnly: true,
      addCapabilities: ['net_admin', 'CAP_CHOWN'],
      dropCapabilities: ['ALL'],
      security: ['no-new-privileges'],
      privileged: true,
      runtime: 'crun',
    },
    [
      ...['-m64m', '--cpus=1.5', '--pids-limit=32', '--read-only', '--cap-add=net_admin'],
      ...['--cap-add=CAP_CHOWN', '--cap-drop=ALL', '--security-opt=no-new-privileges'],
      ...['--privileged', '--runtime=crun', 'box'],
    ],
  ],
  [
    'mounts',
    {
      image: 'box',
      mounts: [
        { type: 'bind', source: '/srv', target: '/data', readOnly: true },
        { type: 'volume', source: 'cache', target: '/cache' },
        { type: 'tmpfs', target: '/tmp', size: 1 << 20 },
      ],
    },
    [
      ...['--mount', 'type=bind,source=/srv,target=/data,readonly'],
      ...['--mount', 'type=volume,source=cache,target=/cache'],
      ...['--mount', 'type=tmpfs,target=/tmp,tmpfs-size=1048576', 'box'],
    ],
  ],
  [
    'network',
    {
      image: 'box',
      network: 'none',
      ports: [
        { container: 80, host: 8080, address: '127.0.0.1' },
        { container: 53, protocol: 'udp' },
      ],
    },
    ['--network=none', '-p127.0.0.1:8080:80', '-p53/udp', 'box'],
  ],
];

test.for(cases)('%s', async ([, options, words]) => {
  const mine = createRequest(options, { stdin: false, autoRemove: false });
  expect(mine).toEqual(await byFlags(words));
  const interactive = createRequest(options, { stdin: true, autoRemove: true });
  expect(interactive).toEqual(await byFlags(['-i', '--rm', ...words]));
});

test('the default network by its name', () => {
  const { hostConfig } = createRequest(
    { image: 'box', network: 'bridge' },
    { stdin: false, autoRemove: false },
  );
  expect(hostConfig.NetworkMode).toBe('default');
});
