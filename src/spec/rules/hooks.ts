import { type ConfigRule, quote } from './rule.ts';

const points = [
  'prestart',
  'createRuntime',
  'createContainer',
  'startContainer',
  'poststart',
  'poststop',
] as const;

/** Hooks have absolute paths and timeouts above zero. */
export const hooks: ConfigRule = (spec, report) => {
  for (const point of points) {
    spec.hooks?.[point]?.forEach(({ path, timeout }, i) => {
      const at = `/hooks/${point}/${i}`;
      if (!path.startsWith('/')) {
        report.fail(`${at}/path`, `the path must be absolute, not ${quote(path)}`);
      }
      if (timeout !== undefined && timeout <= 0) {
        report.fail(`${at}/timeout`, `${timeout} is not above zero`);
      }
    });
  }
};
