import { oclifCommand } from '../oclif-command.ts';
import { ps } from '../verbs/ps.ts';

export default oclifCommand(ps);
