import { resume as resumeContainer } from '../../lifecycle/pause.ts';
import { defineCommand } from '../command.ts';
import { resumeTable } from '../table/resume.ts';

export const resume = defineCommand(resumeTable, async ({ runtime }, _flags, [id = '']) => {
  await resumeContainer(runtime, id);
  return 0;
});
