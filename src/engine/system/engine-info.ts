import { stateWord } from '../containers/run-state.ts';
import { listContainers } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { listImageIds } from '../images/image-store.ts';

/** What `system info` tells, by the names of Docker's API. */
export interface EngineInfo {
  Containers: number;
  ContainersRunning: number;
  ContainersPaused: number;
  ContainersStopped: number;
  Images: number;
  Driver: string;
  LoggingDriver: string;
  CgroupDriver: string;
  CgroupVersion: string;
  SecurityOptions: string[];
  KernelVersion: string;
  OperatingSystem: string;
  OSType: string;
  Architecture: string;
  NCPU: number;
  /** Bytes. */
  MemTotal: number;
  DockerRootDir: string;
  ExecRootDir: string;
  Name: string;
  ServerVersion: string;
  DefaultRuntime: string;
  InitBinary: string;
}

/** @param version of rundlet. */
export async function engineInfo(engine: Engine, version: string): Promise<EngineInfo> {
  const { host, paths } = engine;
  const words = (await listContainers(engine)).map(({ config }) => stateWord(config.State));
  const count = (...wanted: string[]) => words.filter((word) => wanted.includes(word)).length;
  const running = count('running', 'restarting');
  const paused = count('paused');
  const facts = await host.call('facts', null);
  const { architecture } = await host.call('platform', null);
  const { texts } = await host.call('readFiles', {
    paths: ['/etc/os-release', '/proc/cpuinfo', '/proc/meminfo', '/proc/sys/kernel/hostname'],
  });
  const [release = '', processors, memory, name] = texts.map((text) => text ?? '');
  return {
    Containers: words.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: words.length - running - paused,
    Images: (await listImageIds(engine)).length,
    Driver: 'overlay2',
    LoggingDriver: 'json-file',
    CgroupDriver: 'cgroupfs',
    CgroupVersion: facts.cgroup.version === 'v2' ? '2' : '1',
    SecurityOptions: [
      ...(facts.apparmor ? ['name=apparmor'] : []),
      'name=seccomp,profile=default',
      ...(facts.selinux ? ['name=selinux'] : []),
    ],
    KernelVersion: facts.kernel,
    OperatingSystem: /^PRETTY_NAME="?(.*?)"?$/m.exec(release)?.[1] ?? 'Linux',
    OSType: 'linux',
    Architecture: architecture === 'amd64' ? 'x86_64' : architecture,
    NCPU: (processors?.match(/^processor\s*:/gm) ?? []).length,
    MemTotal: Number(/^MemTotal:\s+(\d+) kB/m.exec(memory ?? '')?.[1] ?? 0) * 1024,
    DockerRootDir: paths.dataRoot,
    ExecRootDir: paths.execRoot,
    Name: name?.trim() ?? '',
    ServerVersion: version,
    DefaultRuntime: 'rundlet',
    InitBinary: 'docker-init',
  };
}

/** The same as docker's lines. */
export function infoText(info: EngineInfo, memory: string): string {
  const security = info.SecurityOptions.flatMap((option) => {
    const [name = '', ...more] = option.split(',').map((part) => part.split('='));
    return [`  ${name[1]}`, ...more.map(([key = '', value]) => `   ${capital(key)}: ${value}`)];
  });
  const lines = [
    `Containers: ${info.Containers}`,
    ` Running: ${info.ContainersRunning}`,
    ` Paused: ${info.ContainersPaused}`,
    ` Stopped: ${info.ContainersStopped}`,
    `Images: ${info.Images}`,
    `Server Version: ${info.ServerVersion}`,
    `Storage Driver: ${info.Driver}`,
    `Logging Driver: ${info.LoggingDriver}`,
    `Cgroup Driver: ${info.CgroupDriver}`,
    `Cgroup Version: ${info.CgroupVersion}`,
    `Default Runtime: ${info.DefaultRuntime}`,
    'Security Options:',
    ...security.map((line) => line.slice(1)),
    `Kernel Version: ${info.KernelVersion}`,
    `Operating System: ${info.OperatingSystem}`,
    `OSType: ${info.OSType}`,
    `Architecture: ${info.Architecture}`,
    `CPUs: ${info.NCPU}`,
    `Total Memory: ${memory}`,
    `Name: ${info.Name}`,
    `Docker Root Dir: ${info.DockerRootDir}`,
    `Exec Root Dir: ${info.ExecRootDir}`,
  ];
  return `Server:\n${lines.map((line) => ` ${line}\n`).join('')}`;
}

function capital(word: string): string {
  return `${word[0]?.toUpperCase()}${word.slice(1)}`;
}
