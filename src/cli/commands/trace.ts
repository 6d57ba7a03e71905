import { oclifCommand } from '../oclif-command.ts';
import { trace } from '../verbs/trace.ts';

export default oclifCommand(trace);
