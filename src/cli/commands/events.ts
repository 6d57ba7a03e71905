import { oclifCommand } from '../oclif-command.ts';
import { events } from '../verbs/events.ts';

export default oclifCommand(events);
