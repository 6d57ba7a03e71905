import { type ConfigRule, quote } from './rule.ts';

/** The group is one directory; each schema is one line, so that it cannot smuggle in another. */
export const intelRdt: ConfigRule = ({ linux }, report) => {
  const rdt = linux?.intelRdt;
  if (!rdt) return;
  const { closID = '', l3CacheSchema = '', memBwSchema = '', schemata = [] } = rdt;
  const at = '/linux/intelRdt';
  if (closID === '.' || closID === '..' || (closID !== '/' && closID.includes('/'))) {
    report.fail(`${at}/closID`, `invalid intelRdt.ClosID ${quote(closID)}`);
  }
  if (memBwSchema !== '' && !memBwSchema.startsWith('MB:')) {
    report.fail(`${at}/memBwSchema`, `must start with "MB:", not ${quote(memBwSchema)}`);
  }
  const lines = { l3CacheSchema, memBwSchema };
  for (const [key, line] of Object.entries(lines)) {
    if (line.includes('\n')) report.fail(`${at}/${key}`, 'must be one line');
  }
  schemata.forEach((line, i) => {
    if (line.includes('\n')) report.fail(`${at}/schemata/${i}`, 'must be one line');
  });
};
