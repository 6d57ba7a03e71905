import { invalidParameter } from '../engine-error.ts';

/** Numbers of `process.user`. */
export interface SpecUser {
  uid: number;
  gid: number;
  additionalGids: number[];
}

/** Texts of the image's own files; empty where it has none. */
export interface UserFiles {
  passwd: string;
  group: string;
}

const maxId = 2147483647;

/**
 * `name|uid[:group|gid]` with the image's files, and `--group-add`; in runc's words. Digits are a number and
 * never a name (CVE-2024-40635). The group of a user is in additionalGids (CVE-2022-36109).
 */
export function resolveUser(
  given: string,
  groupAdd: readonly string[],
  files: UserFiles,
): SpecUser {
  const [userWord = '', groupWord = ''] = splitOnce(given);
  const users = rows(files.passwd, 4);
  const groups = rows(files.group, 3);
  const entry = users.find((row) => isUser(row, userWord));
  if (!entry && userWord !== '' && !isNumber(userWord)) {
    throw invalidParameter(`unable to find user ${userWord}: no matching entries in passwd file`);
  }
  const uid = entry ? id(entry[2]) : userWord === '' ? 0 : id(userWord);
  const gid = groupWord === '' ? (entry ? id(entry[3]) : 0) : groupId(groupWord, groups);
  // With a group of its own choice the user's memberships do not count.
  const memberships =
    groupWord === '' && entry ? groups.filter((row) => isMember(row, entry[0] ?? '')) : [];
  const further = [
    ...memberships.map((row) => id(row[2])),
    ...groupAdd.map((word) => groupId(word, groups)),
  ];
  return { uid, gid, additionalGids: further.includes(gid) ? further : [gid, ...further] };
}

function splitOnce(given: string): string[] {
  const colon = given.indexOf(':');
  return colon === -1 ? [given] : [given.slice(0, colon), given.slice(colon + 1)];
}

/** Lines with at least so many fields; anything else is none of a user's or group's. */
function rows(text: string, fields: number): string[][] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => line.trim().split(':'))
    .filter((row) => row.length >= fields && isNumber(row[2] ?? ''));
}

/** Without a user it is root's entry that gives the group. */
function isUser([name, , uid]: string[], word: string): boolean {
  if (word === '') return Number(uid) === 0;
  return isNumber(word) ? Number(uid) === Number(word) : name === word;
}

function isMember(row: string[], user: string): boolean {
  return (row[3] ?? '').split(',').includes(user);
}

function groupId(word: string, groups: string[][]): number {
  if (isNumber(word)) return id(word);
  const row = groups.find(([name]) => name === word);
  if (row) return id(row[2]);
  throw invalidParameter(`unable to find group ${word}: no matching entries in group file`);
}

function isNumber(word: string): boolean {
  return /^[+-]?\d+$/.test(word);
}

function id(word = ''): number {
  const number = Number(word);
  if (number >= 0 && number <= maxId) return number;
  throw invalidParameter(`uids and gids must be in range 0-${maxId}`);
}
