import { expect, test } from 'vitest';
import { renderPlan } from '../../../src/plan/render-plan.ts';
import { planOf, specOf } from './spec-of.ts';

/** The arguments of the lines that name an act. */
function linesOf(text: string, act: string): string[] {
  const lines = text.split('\n').filter((line) => line.trim().split(/ +/)[1] === act);
  return lines.map((line) =>
    line
      .slice(line.indexOf(act) + act.length)
      .trim()
      .replace(/ {2,}.*$/, ''),
  );
}

test.each([
  [['bind', 'ro', 'nosuid'], '#0 /srv on /data (ro,nosuid)'],
  [['rbind', 'rw', 'exec'], '#0 /srv on /data (rw,exec)'],
  [['bind', 'relatime', 'rro', 'rsuid'], '#0 /srv on /data (relatime,rro,rsuid)'],
  [['bind', 'noatime', 'rprivate'], '#0 /srv on /data (noatime,rprivate)'],
  [['bind'], '#0 /srv on /data'],
])('renderPlan writes %j as options', (words, line) => {
  const plan = planOf(specOf({}, [{ destination: '/data', source: '/srv', options: words }]));
  expect(linesOf(renderPlan(plan), 'bind')).toEqual([line]);
});

test('renderPlan has a line per step, and none for what a name could forge', () => {
  const plan = planOf(specOf({}, [], { args: ['a\nb', '\u001b[2J'] }));
  const text = renderPlan(plan);
  expect(linesOf(text, 'exec')[0]).toBe('"a\\nb" "\\x1b[2J"');
  const numbered = text.split('\n').filter((line) => /^ *p?\d+ {2}/.test(line));
  expect(numbered).toHaveLength(plan.prepare.length + plan.steps.length);
});
