import type { LaunchPlan, OpFailure, Step } from '../host/generated/plan.ts';
import { failureText, HostError } from '../host/host-error.ts';
import { actOf, actText } from './act-text.ts';
import type { ErrorCode } from './codes.ts';
import { hintFor } from './hints.ts';
import { type ErrorSource, isInSource } from './locate-error.ts';
import { RundletError } from './rundlet-error.ts';

/** What a launch error needs beside the failure, to say where in the user's file it came from. */
export interface LaunchContext {
  plan: LaunchPlan;
  /** config.json, or the file of `exec --process`; absent when the process came from flags alone. */
  source?: ErrorSource;
  /** A further process (exec): runc has no "container init" there. */
  exec?: boolean;
}

/**
 * A failed launch as the public error: runc's text, with step, pointer, place in the file, errno and
 * hint in fields. Whatever is no host failure passes through.
 */
export async function launchError(error: unknown, context: LaunchContext): Promise<unknown> {
  if (!(error instanceof HostError)) return error;
  const { failure } = error;
  const step = stepOf(failure, context.plan);
  const from = failure.from || step?.from;
  const pointer = from && isInSource(from, context.source) ? from : undefined;
  const location = pointer && context.source && (await placeOf(context.source, pointer));
  const hint = hintFor(failure, step);
  return new RundletError(codeOf(step), launchText(failure, step, context), {
    ...(pointer && { pointer }),
    ...(location && { location }),
    ...(hint && { hint }),
    ...(failure.errnoName && { errno: failure.errnoName }),
    ...(failure.syscall && { syscall: failure.syscall }),
    ...(step && { step: actOf(step)[0] }),
    cause: error,
  });
}

/** `unable to start container process: error during container init: …`. */
export function startText(cause: string, exec = false): string {
  return `unable to start container process: ${exec ? '' : 'error during container init: '}${cause}`;
}

function stepOf(failure: OpFailure, plan: LaunchPlan): Step | undefined {
  // Over the wire an absent number is null.
  if (typeof failure.step !== 'number') return undefined;
  if (failure.list === 'prepare') return plan.prepare[failure.step];
  if (failure.list === 'steps') return plan.steps[failure.step];
  return undefined;
}

function codeOf(step: Step | undefined): ErrorCode {
  const name = step && actOf(step)[0];
  if (name === 'lookupProgram' || name === 'exec') return 'ERR_RUNDLET_PROGRAM';
  return name === 'hook' ? 'ERR_RUNDLET_HOOK' : 'ERR_RUNDLET_LAUNCH';
}

function launchText(failure: OpFailure, step: Step | undefined, context: LaunchContext): string {
  // What killed init matters, not where it was: runc replaces the whole text too.
  if (failure.detail.includes('OOM-killed')) {
    return 'unable to start container process: container init was OOM-killed (memory limit too low?)';
  }
  if (step) return startText(actText(step, { failure, plan: context.plan }), context.exec);
  const text = cgroupText(failure, context.plan) ?? failureText(failure);
  // the same place in runc: a group that was named and is not there
  const adding = context.exec === true && failure.subject.endsWith('/cgroup.procs');
  return startText(adding ? `error adding pid to cgroups: ${text}` : text, context.exec);
}

const settingGroups = 'error setting cgroup config for procHooks process: ';

/** A refused cgroup write. */
function cgroupText(failure: OpFailure, plan: LaunchPlan): string | undefined {
  const { from, subject, detail } = failure;
  if (!from) return undefined;
  // A group for limits that this user may not make.
  if (/^(rootless needs|unable to start unit|failed to connect to dbus)/.test(detail))
    return `unable to apply cgroup configuration: ${detail}`;
  if (detail.startsWith('cannot set')) return `${settingGroups}${detail}`;
  const writes = plan.cgroup?.groups.flatMap((group) => group.writes) ?? [];
  const write = writes.find((one) => one.from === from && subject.endsWith(one.file));
  if (!write) return undefined;
  // The host side has read usage and peak for that.
  const said = failure.detail.startsWith('unable to set memory limit');
  const cause = said
    ? failure.detail
    : `failed to write ${JSON.stringify(write.value)}: ${failureText(failure)}`;
  return settingGroups + cause;
}

/** The locator is loaded only when something failed. */
async function placeOf(source: ErrorSource, pointer: string) {
  const { locate } = await import('../spec/locate.ts');
  const place = locate(source.text, pointer);
  return place && { file: source.file, line: place.line, column: place.column };
}
