import { oclifCommand } from '../oclif-command.ts';
import { run } from '../verbs/run.ts';

export default oclifCommand(run);
