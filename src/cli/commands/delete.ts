import { oclifCommand } from '../oclif-command.ts';
import { remove } from '../verbs/delete.ts';

export default oclifCommand(remove);
