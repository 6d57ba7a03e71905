/** JSON.stringify that writes a bigint as the integer it is. */
export { exactJson as stringifyJson } from '../host/exact-json.ts';
