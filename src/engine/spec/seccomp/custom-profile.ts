import type { JsonValue } from '../../../spec/json-value.ts';
import { parseLossless } from '../../../spec/parse-lossless.ts';
import { invalidParameter } from '../../engine-error.ts';
import {
  architectures,
  kernelAtLeast,
  type SeccompSituation,
  type SpecArgument,
  type SpecSeccomp,
  type SpecSyscall,
} from './default-profile.ts';

type Json = { [key: string]: JsonValue };

/**
 * A profile file of Docker's form: rules with `includes` and `excludes`, `archMap`, `name` as well as
 * `names`. Anything of a wrong shape is refused: a rule that is left out would open or close something.
 */
export function customProfile(text: string, situation: SeccompSituation): SpecSeccomp {
  let value: JsonValue;
  try {
    value = parseLossless(text);
  } catch {
    throw fault('Decoding seccomp profile failed: it is not JSON');
  }
  const profile = object(value, 'the profile');
  const archs = listed(profile.architectures, 'architectures').map(String);
  const map = listed(profile.archMap, 'archMap');
  if (archs.length > 0 && map.length > 0) {
    throw fault(
      "both 'architectures' and 'archMap' are specified in the seccomp profile, use either 'architectures' or 'archMap'",
    );
  }
  return {
    defaultAction: string(profile.defaultAction, 'defaultAction'),
    ...optionalNumber(profile, 'defaultErrnoRet'),
    ...architecturesOf(archs, map, situation.arch),
    ...(profile.flags ? { flags: listed(profile.flags, 'flags').map(String) } : {}),
    ...optionalString(profile, 'listenerPath'),
    ...optionalString(profile, 'listenerMetadata'),
    syscalls: listed(profile.syscalls, 'syscalls')
      .map((rule) => object(rule, 'a rule of syscalls'))
      .filter((rule) => applies(rule, situation))
      .map(syscall),
  };
}

function architecturesOf(archs: string[], map: JsonValue[], arch: string) {
  if (archs.length > 0) return { architectures: archs };
  const [own] = architectures[arch] ?? [];
  const entry = map
    .map((row) => object(row, 'a row of archMap'))
    .find((row) => row.architecture === own);
  if (!entry) return {};
  const below = listed(entry.subArchitectures, 'subArchitectures').map(String);
  return { architectures: [String(entry.architecture), ...below] };
}

function applies(rule: Json, { capabilities, arch, kernel }: SeccompSituation): boolean {
  const excludes = object(rule.excludes ?? {}, 'excludes');
  const includes = object(rule.includes ?? {}, 'includes');
  const kernelOf = (filter: Json) => {
    if (filter.minKernel === undefined) return undefined;
    const [, major, minor] = /^(\d+)\.(\d+)/.exec(String(filter.minKernel)) ?? [];
    if (major === undefined) throw fault(`invalid kernel version: ${filter.minKernel}`);
    return kernelAtLeast(kernel, Number(major), Number(minor));
  };
  const archsOf = (filter: Json) => listed(filter.arches, 'arches').map(String);
  const capsOf = (filter: Json) => listed(filter.caps, 'caps').map(String);
  if (archsOf(excludes).includes(arch)) return false;
  if (capsOf(excludes).some((cap) => capabilities.includes(cap))) return false;
  if (kernelOf(excludes)) return false;
  if (archsOf(includes).length > 0 && !archsOf(includes).includes(arch)) return false;
  if (!capsOf(includes).every((cap) => capabilities.includes(cap))) return false;
  return kernelOf(includes) ?? true;
}

function syscall(rule: Json): SpecSyscall {
  const names = listed(rule.names, 'names').map(String);
  if (rule.name !== undefined && rule.name !== '') {
    if (names.length > 0) {
      throw fault(
        "both 'name' and 'names' are specified in the seccomp profile, use either 'name' or 'names'",
      );
    }
    names.push(String(rule.name));
  }
  const args = listed(rule.args, 'args').map(argument);
  return {
    names,
    action: string(rule.action, 'action'),
    ...optionalNumber(rule, 'errnoRet'),
    ...(args.length > 0 && { args }),
  };
}

function argument(value: JsonValue): SpecArgument {
  const given = object(value, 'an argument');
  const number = (key: string) => {
    const part = given[key] ?? 0;
    if (typeof part === 'number' || typeof part === 'bigint') return part;
    throw fault(`Decoding seccomp profile failed: ${key} is no number`);
  };
  const two = number('valueTwo');
  return {
    index: Number(number('index')),
    value: number('value'),
    ...(two !== 0 && { valueTwo: two }),
    op: string(given.op, 'op'),
  };
}

function optionalNumber(from: Json, key: string): Record<string, number> {
  const value = from[key];
  if (value === undefined || value === null) return {};
  if (typeof value === 'number') return { [key]: value };
  throw fault(`Decoding seccomp profile failed: ${key} is no number`);
}

function optionalString(from: Json, key: string): Record<string, string> {
  return from[key] ? { [key]: String(from[key]) } : {};
}

function object(value: JsonValue | undefined, what: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw fault(`Decoding seccomp profile failed: ${what} is no object`);
}

function listed(value: JsonValue | undefined, what: string): JsonValue[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw fault(`Decoding seccomp profile failed: ${what} is no list`);
}

function string(value: JsonValue | undefined, what: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw fault(`Decoding seccomp profile failed: ${what} is missing`);
}

function fault(message: string) {
  return invalidParameter(message);
}
