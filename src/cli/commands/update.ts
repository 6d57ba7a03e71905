import { oclifCommand } from '../oclif-command.ts';
import { update } from '../verbs/update.ts';

export default oclifCommand(update);
