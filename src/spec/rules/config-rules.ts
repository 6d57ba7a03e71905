import { annotations } from './annotations.ts';
import { cgroupsPath } from './cgroups.ts';
import { devices } from './devices.ts';
import { hooks } from './hooks.ts';
import { intelRdt } from './intel-rdt.ts';
import { memoryPolicy } from './memory-policy.ts';
import { mounts } from './mounts.ts';
import { hostname, namespaces, timeOffsets, userNamespace } from './namespaces.ts';
import { netDevices } from './net-devices.ts';
import { ociVersion } from './oci-version.ts';
import { restrictedPaths } from './paths.ts';
import { personality } from './personality.ts';
import { root } from './root.ts';
import type { ConfigRule } from './rule.ts';
import { seccomp } from './seccomp.ts';
import { sysctl } from './sysctl.ts';

/** Rules on a whole config; what is reported first comes first. */
export const configRules: readonly ConfigRule[] = [
  ociVersion,
  root,
  namespaces,
  userNamespace,
  timeOffsets,
  hostname,
  mounts,
  restrictedPaths,
  sysctl,
  devices,
  netDevices,
  cgroupsPath,
  seccomp,
  hooks,
  intelRdt,
  memoryPolicy,
  personality,
  annotations,
];
