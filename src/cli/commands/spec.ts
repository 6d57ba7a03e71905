import { oclifCommand } from '../oclif-command.ts';
import { spec } from '../verbs/spec.ts';

export default oclifCommand(spec);
