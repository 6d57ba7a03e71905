import { oclifCommand } from '../oclif-command.ts';
import { restore } from '../verbs/restore.ts';

export default oclifCommand(restore);
