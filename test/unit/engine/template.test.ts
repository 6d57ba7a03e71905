import { describe, expect, it } from 'vitest';
import { formatObjects } from '../../../src/engine/format/format-objects.ts';
import { formatRows } from '../../../src/engine/format/format-rows.ts';
import { parseTemplate } from '../../../src/engine/format/parse-template.ts';
import { renderTemplate } from '../../../src/engine/format/render-template.ts';

const data = {
  Id: 'abc',
  State: { Status: 'running', Pid: 7 },
  Tags: ['a:1', 'b:2'],
  Labels: { b: '2', a: '1' },
  Empty: [],
  Nothing: null,
  Volumes: null,
  Label: (name: unknown) => `label ${name}`,
  Mounts: [{ Source: '/x' }, { Source: '/y' }],
};

describe('templates', () => {
  it.each([
    ['{{.Id}}', 'abc'],
    ['{{ .State.Pid }}/{{.State.Status}}', '7/running'],
    ['{{json .State}}', '{"Status":"running","Pid":7}'],
    ['{{json .Nothing}}', 'null'],
    ['{{.Tags}} {{.Labels}} {{.Nothing}}', '[a:1 b:2] map[a:1 b:2] <nil>'],
    ['{{range .Tags}}<{{.}}>{{end}}', '<a:1><b:2>'],
    ['{{range $i, $t := .Tags}}{{$i}}={{$t}} {{end}}', '0=a:1 1=b:2 '],
    ['{{range $k, $v := .Labels}}{{$k}}{{$v}}{{end}}', 'a1b2'],
    ['{{range .Empty}}x{{else}}none{{end}}', 'none'],
    ['{{range .Mounts}}{{.Source}}{{$.Id}};{{end}}', '/xabc;/yabc;'],
    ['{{if eq .State.Status "running"}}up{{else}}down{{end}}', 'up'],
    ['{{if .Empty}}a{{else if .Id}}b{{else}}c{{end}}', 'b'],
    ['{{with .State}}{{.Pid}}{{end}}', '7'],
    ['{{index .Labels "a"}}{{index .Tags 1}}', '1b:2'],
    ['{{(index .Mounts 1).Source}}', '/y'],
    ['{{join .Tags ", "}}', 'a:1, b:2'],
    ['{{.Id | upper | printf "%5s|%s" "x"}}', '    x|ABC'],
    ['{{upper (lower "AbC")}}', 'ABC'],
    ['{{len .Tags}}{{slice .Id 1}}{{truncate .Id 2}}', '2bcab'],
    ['a {{- " b " -}} c', 'a b c'],
    ['{{/* nothing */}}x', 'x'],
    ['{{$x := .Id}}{{$x}}{{"}}"}}', 'abc}}'],
    ['{{println .Id}}', 'abc\n'],
    ['{{not .Empty}} {{and .Id .Tags}} {{or .Nothing "d"}}', 'true [a:1 b:2] d'],
    ['{{.Label "x"}}', 'label x'],
    ['{{.Volumes}} {{json .Volumes}} {{.ID}}', 'map[] null abc'],
    ['{{gt .State.Pid 5}} {{ne .Id "abc"}}', 'true false'],
  ])('%s', (template, result) => {
    expect(renderTemplate(parseTemplate(template), data)).toBe(result);
  });

  it.each([
    ['{{.Foo}}', 'executing "" at <.Foo>: map has no entry for key "Foo"'],
    ['a\n{{.Id}} {{ .Foo}}', 'template: :2:11: executing'],
    ['{{.Id "x"}}', "can't give argument to non-function"],
    ['{{.State.Foo.Bar}}', 'map has no entry for key "Foo"'],
    ['{{.Id', 'unclosed action'],
    ['{{if .Id}}x', 'unexpected EOF'],
    ['{{end}}', 'unexpected {{end}}'],
    ['{{frob .}}', 'function "frob" not defined'],
    ['{{}}', 'missing value for command'],
    ['{{$x}}', 'undefined variable "$x"'],
    ['{{(.Id}}', 'unclosed left paren'],
    ['{{.constructor}}', 'map has no entry for key "constructor"'],
  ])('refuses %s', (template, message) => {
    expect(() => renderTemplate(parseTemplate(template), data)).toThrow(message);
  });
});

describe('listings', () => {
  const listing = {
    table: '{{.Repository}}\t{{.Tag}}\t{{.ID}}',
    headers: { Repository: 'REPOSITORY', Tag: 'TAG', ID: 'IMAGE ID' },
    rows: [{ Repository: 'busybox', Tag: 'latest', ID: '0123456789ab' }],
  };

  it('has columns of Docker width', () => {
    expect(formatRows({ ...listing, format: 'table' })).toBe(
      'REPOSITORY   TAG       IMAGE ID\nbusybox      latest    0123456789ab\n',
    );
    expect(formatRows({ ...listing, format: 'table {{.ID}}\\t{{.Tag}}' })).toBe(
      'IMAGE ID       TAG\n0123456789ab   latest\n',
    );
  });

  it('prints templates and JSON, one line for a row', () => {
    expect(formatRows({ ...listing, format: '{{.Tag}}!' })).toBe('latest!\n');
    expect(formatRows({ ...listing, format: 'json' })).toBe(
      '{"ID":"0123456789ab","Repository":"busybox","Tag":"latest"}\n',
    );
  });

  it('prints objects', () => {
    expect(formatObjects([{ a: 1 }], undefined)).toBe('[\n    {\n        "a": 1\n    }\n]\n');
    expect(formatObjects([], '')).toBe('[]\n');
    expect(formatObjects([{ a: 1 }, { a: 2 }], '{{.a}}')).toBe('1\n2\n');
  });
});
