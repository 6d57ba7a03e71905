import { oclifCommand } from '../oclif-command.ts';
import { exec } from '../verbs/exec.ts';

export default oclifCommand(exec);
