import { oclifCommand } from '../oclif-command.ts';
import { completion } from '../verbs/completion.ts';

export default oclifCommand(completion);
