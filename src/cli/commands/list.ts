import { oclifCommand } from '../oclif-command.ts';
import { list } from '../verbs/list.ts';

export default oclifCommand(list);
