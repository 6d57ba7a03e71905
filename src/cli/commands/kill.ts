import { oclifCommand } from '../oclif-command.ts';
import { kill } from '../verbs/kill.ts';

export default oclifCommand(kill);
