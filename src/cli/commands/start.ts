import { oclifCommand } from '../oclif-command.ts';
import { start } from '../verbs/start.ts';

export default oclifCommand(start);
