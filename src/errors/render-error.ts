import { capMessage, escapeControl, quote } from './quote.ts';
import { RundletError } from './rundlet-error.ts';

export type LogFormat = 'text' | 'json';
export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

/**
 * The one line for stderr: runc's message, then where it came from, then what to do:
 * `error mounting …: invalid argument [/mounts/3 config.json:41:7] (check the option)`.
 */
export function renderError(error: unknown): string {
  const message = messageOf(error);
  if (!(error instanceof RundletError)) return message;
  // Errors of the config name their place themselves.
  const place = [error.pointer, locationText(error)]
    .filter((part) => part && !error.message.includes(part))
    .join(' ');
  const where = place && ` [${escapeControl(place)}]`;
  const hint = error.hint ? ` (${escapeControl(error.hint)})` : '';
  return `${message}${where}${hint}`;
}

/**
 * One line of `--log`, newline included; level, msg and time as logrus writes them, then our keys. The
 * place and the hint are in msg too: engines show their users nothing else.
 */
export function logError(error: unknown, format: LogFormat, time = new Date()): string {
  return logLine('error', renderError(error), format, extraFields(error), time);
}

/** One line of `--log` at any level. */
export function logLine(
  level: LogLevel,
  message: string,
  format: LogFormat,
  extra: Record<string, string> = {},
  time = new Date(),
): string {
  const stamp = `${time.toISOString().slice(0, 19)}Z`;
  const msg = capMessage(message);
  if (format === 'json') return `${JSON.stringify({ level, msg, time: stamp, ...extra })}\n`;
  const fields = Object.entries({ time: stamp, level, msg, ...extra });
  return `${fields.map(([key, value]) => `${key}=${textValue(value)}`).join(' ')}\n`;
}

/** The message alone, escaped and capped; what callers match on. */
export function messageOf(error: unknown): string {
  return escapeControl(capMessage(rawMessage(error)));
}

function rawMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function locationText({ location }: RundletError): string {
  return location ? `${location.file}:${location.line}:${location.column}` : '';
}

function extraFields(error: unknown): Record<string, string> {
  if (!(error instanceof RundletError)) return {};
  const { code, pointer, errno, syscall, step, hint } = error;
  const all = { code, pointer, location: locationText(error), errno, syscall, step, hint };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}

/** logrus leaves a value bare when all of it is plain. */
function textValue(value: string): string {
  return /^[\w\-./@^+]+$/.test(value) ? value : quote(value);
}
