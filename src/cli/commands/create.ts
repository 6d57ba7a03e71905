import { oclifCommand } from '../oclif-command.ts';
import { create } from '../verbs/create.ts';

export default oclifCommand(create);
