import { oclifCommand } from '../oclif-command.ts';
import { doctor } from '../verbs/doctor.ts';

export default oclifCommand(doctor);
