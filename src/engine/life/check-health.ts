import type { ProgramResult } from '../../host/generated/plan.ts';
import { SIGKILL } from '../../spec/signals.ts';
import { afterProbe, type Probe, probeOf, probeOutput } from '../containers/health.ts';
import type { Container, ProbeResult } from '../containers/record.ts';
import { writeContainer } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { containerPaths } from '../engine-paths.ts';
import { containerHappening, recordEvent } from '../events/record-event.ts';
import { findText } from '../layers/store-text.ts';
import { execProcess } from './exec-process.ts';
import { processOf } from './first-process.ts';
import { runtimeCommand } from './runtime-command.ts';
import { withSettled } from './with-settled.ts';

/** Runs the container's health check once and records what it told; nothing happens to one that does not run. */
export async function checkHealth(engine: Engine, id: string): Promise<void> {
  const found = await withSettled(engine, id, async (container) => ({
    container,
    process: await probeProcess(engine, container),
  }));
  if (found.process === undefined) return;
  const result = await runProbe(engine, found.container, found.process);
  await withSettled(engine, id, async (container) => {
    const { State } = container.config;
    const probe = probeFor(container);
    if (!probe || !State.Running || State.Restarting || !State.Health) return;
    // Of a run before this one.
    if (State.Pid !== found.container.config.State.Pid) return;
    const before = State.Health.Status;
    State.Health = afterProbe(probe, State.Health, result, State.StartedAt);
    await writeContainer(engine, container);
    const { Status } = State.Health;
    if (Status === before) return;
    await recordEvent(engine, containerHappening(container, `health_status: ${Status}`));
  });
}

function probeFor({ config: { Config } }: Container): Probe | undefined {
  return probeOf(Config.Healthcheck, Config.Shell);
}

async function probeProcess(engine: Engine, container: Container): Promise<string | undefined> {
  const { State } = container.config;
  const probe = probeFor(container);
  if (!probe || !State.Running || State.Restarting || State.Paused) return undefined;
  const wishes = { tty: false, env: [], user: '', workdir: '', privileged: false };
  return execProcess(engine, container, { ...wishes, command: probe.args });
}

/** By the runtime's `exec`; a check that takes too long is killed, and with it what the runtime started. */
async function runProbe(
  engine: Engine,
  container: Container,
  process: string,
): Promise<ProbeResult> {
  const { host, paths } = engine;
  const { own } = containerPaths(paths, container.id);
  const timeout = probeFor(container)?.timeout ?? 0;
  const [path = '', ...words] = await runtimeCommand(engine, container);
  const file = `${own}/health.json`;
  const pidFile = `${own}/health.pid`;
  await host.call('writeRecord', { path: file, text: process, mode: 0o600, durable: false });
  const Start = await engine.now();
  const run = await host.call('runProgram', {
    path,
    args: [path, ...words, 'exec', '--process', file, '--pid-file', pidFile, container.id],
    cwd: '/',
    stdin: '',
    timeout,
  });
  if (run.timedOut) await killProbe(engine, Number(await findText(host, pidFile)));
  return { Start, End: await engine.now(), ...verdict(run, timeout) };
}

function verdict(
  { status, stdout, stderr, timedOut }: ProgramResult,
  timeout: number,
): Pick<ProbeResult, 'ExitCode' | 'Output'> {
  if (timedOut) {
    return { ExitCode: -1, Output: `Health check exceeded timeout (${timeout / 1000}s)` };
  }
  return { ExitCode: status.value, Output: probeOutput(stdout + stderr) };
}

async function killProbe(engine: Engine, pid: number): Promise<void> {
  const process = await processOf(engine, pid);
  if (process === undefined) return;
  await Promise.resolve(engine.host.call('signal', { process, signal: SIGKILL })).catch(
    () => undefined,
  );
}
