import type { HostConfig } from '../containers/record.ts';
import { invalidParameter } from '../engine-error.ts';

const tags = ['labels', 'labels-regex', 'env', 'env-regex', 'tag'];

/** Driver → its options, and what Docker calls it where it does not know one. */
const drivers: Readonly<Record<string, { name: string; options: readonly string[] }>> = {
  'json-file': {
    name: 'json-file log driver',
    options: ['max-size', 'max-file', 'compress', ...tags],
  },
  local: { name: 'log driver local', options: ['max-size', 'max-file', 'compress'] },
  syslog: {
    name: 'syslog log driver',
    options: [
      'syslog-address',
      'syslog-facility',
      'syslog-format',
      'syslog-tls-ca-cert',
      'syslog-tls-cert',
      'syslog-tls-key',
      'syslog-tls-skip-verify',
      ...tags,
    ],
  },
  journald: { name: 'journald log driver', options: [...tags] },
  none: { name: 'none log driver', options: [] },
};

/** Options of every driver. */
const common: ReadonlySet<string> = new Set(['mode', 'max-buffer-size']);

/** Docker's refusals of `--log-driver` and `--log-opt`. Pure. */
export function checkLogOptions({ Type, Config }: HostConfig['LogConfig']): void {
  const driver = Object.hasOwn(drivers, Type) ? drivers[Type] : undefined;
  if (driver === undefined) {
    throw invalidParameter(`error looking up logging plugin ${Type}: plugin "${Type}" not found`);
  }
  const options = Config ?? {};
  checkMode(options);
  for (const key of Object.keys(options)) {
    if (common.has(key) || driver.options.includes(key)) continue;
    // Docker keeps a copy of other drivers' logs by itself; these here are the switches of it.
    if (key.startsWith('cache-')) continue;
    throw invalidParameter(`unknown log opt '${key}' for ${driver.name}`);
  }
  if (Type === 'syslog') checkSyslog(options);
}

function checkMode(options: Readonly<Record<string, string>>): void {
  const { mode, 'max-buffer-size': buffer } = options;
  if (mode !== undefined && !['', 'blocking', 'non-blocking'].includes(mode)) {
    throw invalidParameter(`logger: logging mode not supported: ${mode}`);
  }
  if (buffer === undefined) return;
  if (mode !== 'non-blocking') {
    throw invalidParameter(
      "logger: max-buffer-size option is only supported with 'mode=non-blocking'",
    );
  }
  if (/^\d+(\.\d+)? ?[bkmgtp]?(i?b)?$/i.test(buffer)) return;
  throw invalidParameter(`error parsing option max-buffer-size: invalid size: '${buffer}'`);
}

const facilities: ReadonlySet<string> = new Set(
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  ),
);

const formats: ReadonlySet<string> = new Set(['', 'rfc3164', 'rfc5424', 'rfc5424micro']);

function checkSyslog(options: Readonly<Record<string, string>>): void {
  const { 'syslog-address': address, 'syslog-facility': facility = '' } = options;
  if (address && !/^(udp|tcp|tcp\+tls|unix|unixgram):\/\/./.test(address)) {
    throw invalidParameter(`syslog-address should be in form proto://address, got ${address}`);
  }
  if (facility !== '' && !facilities.has(facility) && !/^\d{1,2}$/.test(facility)) {
    throw invalidParameter('invalid syslog facility');
  }
  if (!formats.has(options['syslog-format'] ?? '')) throw invalidParameter('Invalid syslog format');
}
