import { oclifCommand } from '../oclif-command.ts';
import { plan } from '../verbs/plan.ts';

export default oclifCommand(plan);
