import type { ContainerConfig, HealthConfig } from '../containers/record.ts';
import { goMap } from '../docker-json.ts';
import { invalidParameter } from '../engine-error.ts';
import type { ImageRunConfig } from '../images/image.ts';

/**
 * The user's config with the image's where the user has nothing, by moby's rules: the user's variables
 * first, an own entrypoint takes the image's command away, maps are joined. Pure; keys in moby's order.
 */
export function mergeImageConfig(user: ContainerConfig, image: ImageRunConfig): ContainerConfig {
  const Entrypoint = mergedEntrypoint(user, image);
  const inherits = !user.Entrypoint?.length && !user.Cmd?.length;
  const Cmd = inherits ? (image.Cmd ?? null) : user.Cmd;
  if (!Entrypoint?.length && !Cmd?.length) throw invalidParameter('No command specified');
  const exposed = { ...image.ExposedPorts, ...user.ExposedPorts };
  const volumes = { ...image.Volumes, ...user.Volumes };
  const health = mergedHealth(user.Healthcheck, image.Healthcheck ?? undefined);
  const signal = user.StopSignal || image.StopSignal;
  return {
    Hostname: user.Hostname,
    Domainname: user.Domainname,
    User: user.User || image.User || '',
    AttachStdin: user.AttachStdin,
    AttachStdout: user.AttachStdout,
    AttachStderr: user.AttachStderr,
    ...(Object.keys(exposed).length > 0 && { ExposedPorts: goMap(Object.entries(exposed)) }),
    Tty: user.Tty,
    OpenStdin: user.OpenStdin,
    StdinOnce: user.StdinOnce,
    Env: mergedVariables(user.Env ?? [], image.Env ?? []),
    Cmd,
    ...(health && { Healthcheck: health }),
    ...(inherits && image.ArgsEscaped && { ArgsEscaped: true }),
    Image: user.Image,
    Volumes: Object.keys(volumes).length > 0 ? goMap(Object.entries(volumes)) : null,
    WorkingDir: user.WorkingDir || image.WorkingDir || '',
    Entrypoint,
    ...(user.MacAddress && { MacAddress: user.MacAddress }),
    OnBuild: null,
    Labels: goMap(Object.entries({ ...image.Labels, ...user.Labels })),
    ...(signal && { StopSignal: signal }),
    ...(user.StopTimeout !== undefined && { StopTimeout: user.StopTimeout }),
  };
}

/** An entrypoint of one empty word asks for none at all. */
function mergedEntrypoint(user: ContainerConfig, image: ImageRunConfig): string[] | null {
  const chosen = user.Entrypoint ?? image.Entrypoint ?? null;
  return chosen?.length === 1 && chosen[0] === '' ? null : chosen;
}

function mergedVariables(user: string[], image: string[]): string[] | null {
  const nameOf = (entry: string) => entry.split('=', 1)[0];
  const names = new Set(user.map(nameOf));
  const merged = [...user, ...image.filter((entry) => !names.has(nameOf(entry)))];
  return merged.length > 0 ? merged : null;
}

function mergedHealth(
  user: HealthConfig | undefined,
  image: HealthConfig | undefined,
): HealthConfig | undefined {
  if (user === undefined || image === undefined) return user ?? image;
  const test = user.Test?.length ? user.Test : image.Test;
  const times = {
    Interval: user.Interval || image.Interval,
    Timeout: user.Timeout || image.Timeout,
    StartPeriod: user.StartPeriod || image.StartPeriod,
    StartInterval: user.StartInterval || image.StartInterval,
    Retries: user.Retries || image.Retries,
  };
  const set = Object.entries(times).filter(([, value]) => value);
  return { ...(test && { Test: test }), ...Object.fromEntries(set) };
}
