import { oclifCommand } from '../oclif-command.ts';
import { resume } from '../verbs/resume.ts';

export default oclifCommand(resume);
