import Ajv, { _, Name, stringify } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { resolveRef } from './bundle-schema.mjs';
import { describeSchema } from './describe-schema.mjs';

const bounds = {
  int32: [-2147483648, 2147483647],
  uint16: [0, 65535],
  uint32: [0, 4294967295],
};

/**
 * ESM source of a validator that stops at the first error. ajv's own output is trimmed: its error
 * objects become one short call each, enum lists are shared, integers are checked by our exact
 * helpers (ajv's `integer` knows no bigint), and nothing but schema-runtime.ts is imported.
 */
export function compileValidator(bundle) {
  const schema = slim(bundle, bundle);
  const ajv = new Ajv.default({
    messages: false,
    strict: true,
    allowUnionTypes: true,
    inlineRefs: false,
    unicode: false,
    logger: false,
    code: { source: true, esm: true, lines: true, optimize: 2, regExp: lazyRegExpCode() },
  });
  ajv.addVocabulary(['x-expect']);
  addIntegers(ajv);
  addEnums(ajv);
  const validate = ajv.compile(schema);
  const code = trimFrame(standalone.default(ajv, validate));
  // A definition is a function of its own, and ajv counts schema paths from there.
  const [head, ...functions] = code.split(/^(?=function )/m);
  const shortened = functions.map((text) =>
    shorten(text, schemaOf(/^function (\w+)/.exec(text)[1], validate), schema),
  );
  return imports + dropSchemas([head, ...shortened].join(''));
}

const imports = `import {
  isInt64,
  isIntegerIn,
  isUint64,
  lazyRegExp,
  refuse,
} from '../schema-runtime.ts';

`;

/** Same schema without texts, and with scalar definitions put where they are used. */
function slim(node, bundle) {
  if (Array.isArray(node)) return node.map((item) => slim(item, bundle));
  if (typeof node !== 'object' || node === null) return node;
  if (node.$ref !== undefined) {
    const target = resolveRef(node, bundle);
    return isScalar(target) ? slim(target, bundle) : { $ref: node.$ref };
  }
  const { description: _1, title: _2, ...kept } = node;
  if (kept['x-int'] !== undefined) return { 'x-int': integerRange(kept) };
  return Object.fromEntries(
    Object.entries(kept)
      .filter(([key, value]) => key !== '$defs' || value !== undefined)
      .map(([key, value]) =>
        key === 'properties' || key === '$defs'
          ? [key, Object.fromEntries(Object.entries(value).map(([k, v]) => [k, slim(v, bundle)]))]
          : [key, slim(value, bundle)],
      ),
  );
}

/** What a `$ref` would only make longer. */
function isScalar(schema) {
  return schema['x-int'] !== undefined || schema.enum !== undefined || schema.type === 'boolean';
}

function integerRange({ 'x-int': name, minimum, maximum }) {
  const bound = bounds[name];
  if (bound) return { name, range: [minimum ?? bound[0], maximum ?? bound[1]] };
  const narrow = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  return narrow ? { name, range: [minimum, maximum] } : { name };
}

function addIntegers(ajv) {
  const call = { int64: new Name('isInt64'), uint64: new Name('isUint64') };
  ajv.addKeyword({
    keyword: 'x-int',
    schemaType: 'object',
    error: { message: 'integer', params: _`{}` },
    code(cxt) {
      const { name, range } = cxt.schema;
      if (range) cxt.fail(_`!${new Name('isIntegerIn')}(${cxt.data}, ${range[0]}, ${range[1]})`);
      else cxt.fail(_`!${call[name]}(${cxt.data})`);
    },
  });
}

/** Like ajv's enum, but the list is one shared array and the error carries it. */
function addEnums(ajv) {
  ajv.removeKeyword('enum');
  ajv.addKeyword({
    keyword: 'enum',
    schemaType: 'array',
    error: { message: 'enum', params: (cxt) => _`{allowed: ${enumList(cxt)}}` },
    code(cxt) {
      cxt.fail(_`!${enumList(cxt)}.includes(${cxt.data})`);
    },
  });
}

function enumList({ gen, schema }) {
  const text = JSON.stringify(schema);
  return gen.scopeValue('schema', { key: text, ref: schema, code: stringify(schema) });
}

function lazyRegExpCode() {
  const make = (source, flags) => new RegExp(source, flags);
  make.code = 'lazyRegExp';
  return make;
}

/** ajv's frame: strict mode and the default export are not wanted in our modules. */
function trimFrame(code) {
  return code
    .replace('"use strict";', '')
    .replace(/^export default .*$/m, '')
    .trimStart();
}

/** The schemas that ajv quotes in its modules; only the shared enum lists are used. */
function dropSchemas(code) {
  return code.replace(/^const schema\d+ = \{.*\};\n+/gm, '');
}

/**
 * One function of ajv's, made short. Since the first error ends everything:
 * - an error is a call, `return refuse(pointer, kind, want)`; what is wanted is worded now, from
 *   the schema, so that no schema is needed at run time;
 * - the counting of errors is left out;
 * - the context that functions hand on is the path.
 */
function shorten(code, schema, bundle) {
  const error =
    /\w+\.errors = \[\{instancePath(?::(.*?))?,schemaPath:("(?:[^"\\]|\\.)*"),keyword:"([^"]+)",params:(\{[^{}]*\})\}\];\s*return false;/g;
  const short = code
    .replace(error, (_all, path = 'instancePath', schemaPath, keyword, params) => {
      const [kind, want] = wanted(
        keyword,
        params,
        schemaAt(schema, JSON.parse(schemaPath)),
        bundle,
      );
      return `return refuse(${path},"${kind}",${want});`;
    })
    .replace(/\{instancePath="",.*?rootData=data\}=\{\}/, 'instancePath = ""')
    .replace(/\{instancePath:([^\n]*?),parentData:[^\n]*?,rootData\}/g, '$1')
    .replace(
      /\{\s*vErrors = vErrors === null.*\n\s*errors = vErrors\.length;\s*\}/g,
      'return false;',
    )
    .replace(/^let (vErrors|errors) = .*\n/gm, '')
    .replace(/\w+\.errors = vErrors;\s*return errors === 0;/, 'return true;')
    .replace(/const _errs\d+ = errors;\n/g, '')
    .replace(/var valid\d+ = _errs\d+ === errors;\n/g, '')
    .replace(/if\(!valid\d+\)\{\s*break;\s*\}\n/g, '')
    .replace(/else \{\s*var valid\d+ = true;\s*\}\n/g, '')
    .replace(/var valid\d+ = true;\n/g, '')
    .replace(/if\((?:errors === 0|errors === _errs\d+|valid\d+)\)\{/g, '{');
  if (/schemaPath|parentData|errors|\bvalid\d/i.test(short)) {
    throw new Error(`ajv writes its code in another way now:\n${short}`);
  }
  return layOut(short);
}

/** Indents, and takes away the blocks that nothing guards any more. */
function layOut(code) {
  const open = [];
  const lines = [];
  for (const line of code.split('\n')) {
    if (line.startsWith('}') && open.pop() === 'bare') continue;
    if (line === '{') open.push('bare');
    else {
      if (line !== '') lines.push('  '.repeat(open.filter((o) => o !== 'bare').length) + line);
      if (line.endsWith('{')) open.push('guarded');
    }
  }
  return `${lines.join('\n')}\n\n`;
}

function wanted(keyword, params, schema, bundle) {
  const variable = /\{\w+: ?(.*)\}/.exec(params)?.[1];
  if (keyword === 'enum') return ['enum', variable];
  if (keyword === 'required') return ['required', variable];
  if (keyword === 'minItems') return ['other', '"must not be empty"'];
  if (keyword === 'pattern') return ['other', JSON.stringify(schema['x-expect'])];
  return ['type', JSON.stringify(describeSchema(schema, bundle))];
}

/** The schema that holds the keyword which the path names. */
function schemaAt(schema, schemaPath) {
  const decode = (s) => decodeURIComponent(s).replaceAll('~1', '/').replaceAll('~0', '~');
  const segments = schemaPath.split('/').slice(1, -1);
  return segments.reduce((node, segment) => node[decode(segment)], schema);
}

function schemaOf(functionName, validate) {
  const { root } = validate.schemaEnv;
  const all = [root, ...Object.values(root.refs)];
  return all.find((env) => env.validateName?.str === functionName).schema;
}
