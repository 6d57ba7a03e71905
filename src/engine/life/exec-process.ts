import type { Spec } from '../../spec/generated/config.ts';
import { parseLossless } from '../../spec/parse-lossless.ts';
import type { Container } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { dockerJson } from '../docker-json.ts';
import { containerPaths } from '../engine-paths.ts';
import { specCapabilities } from '../spec/container-spec.ts';
import { overlayEnvironment } from '../spec/environment.ts';
import { readSpecFacts } from '../spec/spec-facts.ts';

/** What `exec` runs. */
export interface ExecWishes {
  command: readonly string[];
  tty: boolean;
  /** `NAME=value`, or a bare name that is taken away. */
  env: readonly string[];
  /** Empty for the container's own. */
  user: string;
  /** Empty for the container's own. */
  workdir: string;
  privileged: boolean;
}

const maxConfig = 16 << 20;

/** `process` of the runtime-spec for a further process of a running container, as dockerd writes it. */
export async function execProcess(
  engine: Engine,
  container: Container,
  wishes: ExecWishes,
): Promise<string> {
  const { host, paths } = engine;
  const { config, hostConfig, id } = container;
  const path = `${containerPaths(paths, id).bundle}/config.json`;
  const spec = parseLossless(
    await host.call('readText', { path, max: maxConfig }),
  ) as unknown as Spec;
  const { terminal: _, consoleSize: __, ...own } = spec.process as NonNullable<Spec['process']>;
  const User = wishes.user || config.Config.User;
  const facts = await readSpecFacts(
    engine,
    { id, config: { ...config, Config: { ...config.Config, User } }, hostConfig },
    spec.root?.path ?? '/',
  );
  const granted = wishes.privileged ? [...facts.capabilities] : (own.capabilities?.bounding ?? []);
  return dockerJson({
    ...own,
    ...(wishes.tty && { terminal: true }),
    user: facts.user,
    args: [...wishes.command],
    env: overlayEnvironment(environment(own.env ?? [], wishes.tty), wishes.env),
    cwd: wishes.workdir || own.cwd,
    capabilities: specCapabilities(granted, facts.user.uid === 0),
  });
}

/** TERM goes with the terminal, whatever the container's first process has. */
function environment(env: readonly string[], tty: boolean): string[] {
  const has = env.some((entry) => entry.startsWith('TERM='));
  return tty && !has ? [...env, 'TERM=xterm'] : [...env];
}
