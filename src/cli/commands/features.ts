import { oclifCommand } from '../oclif-command.ts';
import { features } from '../verbs/features.ts';

export default oclifCommand(features);
