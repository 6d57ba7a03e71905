import { oclifCommand } from '../oclif-command.ts';
import { pause } from '../verbs/pause.ts';

export default oclifCommand(pause);
