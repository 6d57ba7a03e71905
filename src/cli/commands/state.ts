import { oclifCommand } from '../oclif-command.ts';
import { state } from '../verbs/state.ts';

export default oclifCommand(state);
