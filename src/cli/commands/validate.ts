import { oclifCommand } from '../oclif-command.ts';
import { validate } from '../verbs/validate.ts';

export default oclifCommand(validate);
