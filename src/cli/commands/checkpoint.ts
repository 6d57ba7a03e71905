import { oclifCommand } from '../oclif-command.ts';
import { checkpoint } from '../verbs/checkpoint.ts';

export default oclifCommand(checkpoint);
