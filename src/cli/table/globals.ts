import type { FlagTable } from './types.ts';

/** Flags before the command: runc's, and crun's where both can be had. */
export const globalFlags = {
  debug: { type: 'boolean', summary: 'enable debug logging' },
  log: { type: 'string', summary: 'set the log file to write rundlet logs to (default is stderr)' },
  'log-format': {
    type: 'string',
    default: 'text',
    summary: "set the log format ('text' (default), or 'json')",
  },
  'log-level': {
    type: 'string',
    summary: "set the log level ('error', 'warning', 'info' or 'debug')",
  },
  root: {
    type: 'string',
    summary:
      'root directory for storage of container state (this should be located in tmpfs; default: /run/rundlet, $XDG_RUNTIME_DIR/rundlet for an ordinary user)',
  },
  'systemd-cgroup': {
    type: 'boolean',
    summary: 'enable systemd cgroup support, expects cgroupsPath to be of form "slice:prefix:name"',
  },
  'cgroup-manager': {
    type: 'string',
    summary: "cgroup manager ('cgroupfs' (default), 'systemd' or 'disabled')",
  },
  rootless: {
    type: 'string',
    default: 'auto',
    summary: "ignore cgroup permission errors ('true', 'false', or 'auto')",
  },
  criu: { type: 'string', hidden: true, summary: 'path to the criu binary' },
} as const satisfies FlagTable;
